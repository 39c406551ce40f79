#!/usr/bin/env python3
"""Checks what the library's files include: layers only downwards, and no header that costs every user.

A folder may use itself and the folders in the rows above its own. `coffer/detail`, which holds what templates
need, has no row: each of its headers stands where the lowest of what it includes stands.
"""
import pathlib
import re
import sys

# Top to bottom is the reading order; folders in one row do not see each other.
ROWS = [['observe'], ['core'], ['memory', 'net'], ['redis', 'memcached', 'http'], ['s3'], ['storage'],
        ['flight'], ['scope'], ['cached', 'store', 'service'], ['db'], ['web'], ['testing']]
# Public headers that stand in no folder belong to one.
FOLDER_OF = {'config.hpp': 'observe', 'json.hpp': 'core', 'transaction_scope.hpp': 'scope', 'testing.hpp': 'testing'}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
BANNED = {'iostream': 'it costs every start of every program', 'regex': 'it is slow to compile and to run',
          'boost/asio.hpp': 'name the parts you need'}
# Too heavy for what every user of a public header compiles.
HEAVY = re.compile(r'boost/(beast|asio/(ssl|ip|steady_timer|experimental/awaitable_operators))|nlohmann/json\.hpp'
                   r'|fmt/format|CLI/|sqlite3')
HEAVY_ALLOWED = re.compile(r'core/detail/json_types\.hpp')  # which only json.hpp leads to


def row_of(folder):
    return next((at for at, row in enumerate(ROWS) if folder in row), None)


def row_of_detail(name):
    includes = filter(None, map(INCLUDE.match, pathlib.Path('include', name).read_text().split('\n')))
    rows = [row_seen(include.group(1)) for include in includes]
    return max((row for row in rows if row is not None), default=0)


def row_seen(name):
    """The row of an included header, or None if it is none of the library's."""
    folder = seen_folder(name)
    return row_of_detail(name) if folder == 'detail' else folder and row_of(folder)


def folder_of(path):
    """The layer of a path below include/coffer or lib, as a folder name."""
    parts = pathlib.PurePath(path).parts
    return parts[0] if len(parts) > 1 else FOLDER_OF.get(parts[0], 'cached')


def findings(path):
    public = path.parts[0] == 'include'
    inside = pathlib.PurePath(*path.parts[2 if public else 1:])
    folder = folder_of(inside)
    lines = path.read_text().split('\n')
    if not lines[0].startswith('// SPDX-License-Identifier: BSL-1.0'):
        yield 1, 'the first line is `// SPDX-License-Identifier: BSL-1.0`'
    if path.suffix == '.hpp' and '#pragma once' not in lines:
        yield 1, 'a header says #pragma once'
    if row_of(folder) is None and folder != 'detail':
        yield 1, f'folder {folder} has no row in .ci/lint_includes.py'
        return
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if match:
            yield from ((number, why) for why in complaints(match.group(1), folder, inside, public))


def complaints(name, folder, inside, public):
    if name in BANNED:
        yield f'<{name}>: {BANNED[name]}'
    if folder in ('core', 'observe') and name.startswith('boost/asio'):
        yield f'{folder} decides and does no I/O: it knows nothing of Asio'
    if public and folder != 'testing' and HEAVY.match(name) and not HEAVY_ALLOWED.fullmatch(str(inside)):
        yield f'<{name}> in a public header: every user would compile it'
    other = seen_folder(name)
    if other is None or folder in (other, 'detail'):
        return
    if row_seen(name) is None:
        yield f'{other} is no folder of the library'
    elif row_seen(name) > row_of(folder) or other != 'detail' and row_seen(name) == row_of(folder):
        yield f'{folder} is below or beside {other}, and so may not include {name}'


def seen_folder(name):
    if name.startswith('coffer/'):
        return folder_of(name.removeprefix('coffer/'))
    first = name.split('/')[0]
    return first if '/' in name and pathlib.Path('lib', first).is_dir() else None


def main():
    found = 0
    for path in sorted([*pathlib.Path('include').rglob('*.hpp'), *pathlib.Path('lib').rglob('*.[ch]pp')]):
        for number, why in findings(path):
            print(f'{path}:{number}: {why}')
            found += 1
    sys.exit(1 if found else 0)


if __name__ == '__main__':
    main()
