#!/usr/bin/env python3
"""clang-tidy over what build/lint compiles. usage: lint_tidy.py [REF]: with a REF, only over what changed since.

Most of the time goes into reading Asio, so it is read as rarely as possible: each source file once, in parallel,
and the headers of a folder together, in one made-up source file that includes them all. Findings in headers are
told from there, and not again by everyone who includes them (see HeaderFilterRegex in .clang-tidy).
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path.cwd()
BUILD = ROOT / 'build/lint'
MADE_UP = BUILD / 'headers'
# The library's headers are read as two groups; those of tests and applications belong to a folder.
TOGETHER = ['include', 'lib', 'apps/catalog']
ALWAYS = ['-Iinclude', f'-I{ROOT}/include', f'-I{ROOT}/lib', f'-I{ROOT}/tests']
NOISE = re.compile(r'(warnings?|errors?) generated|^Suppressed|^Use -header-filter|warnings? treated as error')


def compile_commands():
    """The flags of each source file of this tree, by its path in it."""
    found = {}
    for entry in json.loads((BUILD / 'compile_commands.json').read_text()):
        path = pathlib.Path(os.path.normpath(BUILD / entry['file'])).relative_to(ROOT)
        if not path.parts[0].startswith('build') and path.parts[:2] != ('tests', 'lint'):
            found[str(path)] = shlex.split(entry['command'])
    return found


def group_of(header):
    return next((top for top in TOGETHER if header.startswith(top + '/')), os.path.dirname(header))


def header_groups():
    groups = {}
    for top in ('include', 'lib', 'apps', 'tests', 'benchmarks'):
        for header in sorted(pathlib.Path(top).rglob('*.hpp')):
            groups.setdefault(group_of(str(header)), []).append(str(header))
    groups = {group: headers for group, headers in groups.items() if not group.startswith('tests/fuzz')}
    return groups


def flags_of(group, commands):
    """What the sources of the group, or those around it, are compiled with."""
    near = [flags for path, flags in commands.items() if path.startswith(group + '/')] or list(commands.values())
    wanted = []
    for flag in (flag for flags in near for flag in flags):
        if re.match(r'-[ID]|-std=', flag) and flag not in wanted:
            wanted.append(flag)
    return wanted


def make_up(group, headers, commands):
    """A source file that includes these headers, and its compile command."""
    source = MADE_UP / (group.replace('/', '_') + '.cpp')
    source.write_text(''.join(f'#include "{ROOT / header}"\n' for header in headers))
    return {'directory': str(BUILD), 'file': str(source),
            'arguments': ['clang++-19', *flags_of(group, commands), *ALWAYS, '-c', str(source)]}


def changed_since(reference):
    names = subprocess.run(['git', 'diff', '--name-only', reference], check=True, capture_output=True, text=True)
    return set(names.stdout.split('\n'))


def jobs(reference):
    """The argument lists for clang-tidy, the long ones first."""
    commands, groups = compile_commands(), header_groups()
    sources = sorted(commands)
    MADE_UP.mkdir(exist_ok=True)
    made_up = {group: make_up(group, headers, commands) for group, headers in groups.items()}
    (MADE_UP / 'compile_commands.json').write_text(json.dumps(list(made_up.values())))
    if reference:
        changed = changed_since(reference)
        sources = [source for source in sources if source in changed]
        made_up = {group: entry for group, entry in made_up.items() if changed & set(groups[group])}
    ours = f'--header-filter=^{re.escape(str(ROOT))}/(include|lib|apps|tests|benchmarks)/'
    return ([['-p', str(MADE_UP), ours, entry['file']] for entry in made_up.values()]
            + [['-p', str(BUILD), source] for source in sources])


def run(arguments):
    result = subprocess.run(['clang-tidy-19', '--quiet', *arguments], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = [line for line in result.stdout.split('\n') if line and not NOISE.search(line)]
    return result.returncode, '\n'.join(lines)


def main():
    all_jobs = jobs(sys.argv[1] if len(sys.argv) > 1 else None)
    began, failed = time.monotonic(), 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for status, findings in pool.map(run, all_jobs):
            failed += status != 0
            if status != 0:
                print(findings, flush=True)
    print(f'{len(all_jobs)} reads in {time.monotonic() - began:.0f} s, {failed} with findings')
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
