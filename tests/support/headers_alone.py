#!/usr/bin/env python3
"""usage: headers_alone.py INCLUDE_FOLDER WORK_FOLDER WITHOUT COMPILER [ARG…]: compiles every public header alone.

WITHOUT names the parts that this build declined, as a,b,c: their headers, which hold the part's name, must refuse.

Objects are made, and not only the syntax checked, so that ccache remembers what has not changed.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys


def compiles(header, folder, declined, command):
    unit = folder / (str(header).replace('/', '_') + '.cpp')
    unit.write_text(f'#include <{header}>\n')
    run = subprocess.run([*command, '-c', str(unit), '-o', str(unit.with_suffix('.o'))],
                         capture_output=True, text=True)
    if any(part in str(header) for part in declined):
        if 'coffer was built without' not in run.stderr:
            print(f'{header} does not say that its part is missing:\n{run.stderr}', flush=True)
        return 'coffer was built without' in run.stderr
    if run.returncode != 0:
        print(f'{header} does not compile alone:\n{run.stderr}', flush=True)
    return run.returncode == 0


def main():
    include, folder, command = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[4:]
    declined = [part for part in sys.argv[3].split(',') if part]
    folder.mkdir(parents=True, exist_ok=True)
    headers = sorted(path.relative_to(include) for path in include.rglob('*.hpp'))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        good = list(pool.map(lambda header: compiles(header, folder, declined, command), headers))
    print(f'{sum(good)} of {len(good)} headers compile alone')
    sys.exit(0 if headers and all(good) else 1)


if __name__ == '__main__':
    main()
