#!/usr/bin/env python3
"""usage: compile_fails.py SOURCE COMPILER [ARG…]: SOURCE must not compile, and must say why.

Each `// expect: REGEX` line of SOURCE, the first of them in line 1, must match what the compiler prints.
"""
import pathlib
import re
import subprocess
import sys


def main():
    source, command = sys.argv[1], sys.argv[2:]
    lines = pathlib.Path(source).read_text().split('\n')
    expected = [line.removeprefix('// expect: ') for line in lines if line.startswith('// expect: ')]
    if not lines[0].startswith('// expect: '):
        sys.exit(f'{source}: the first line is `// expect: REGEX`')
    run = subprocess.run([*command, '-fsyntax-only', source], capture_output=True, text=True)
    if run.returncode == 0:
        sys.exit(f'{source} compiles')
    unsaid = [regex for regex in expected if not re.search(regex, run.stderr)]
    if unsaid:
        sys.exit(f'{run.stderr}\n{source}: the compiler does not say: {unsaid}')


if __name__ == '__main__':
    main()
