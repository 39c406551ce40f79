#!/usr/bin/env python3
"""usage: lint_snippets.py [--fix]     every C++ block of the documents is a piece of a program that is tested

Each ```cpp block of README.md, CONTRIBUTING.md and docs/ stands below a line `<!-- snippet: FILE#NAME -->` and equals
the lines of FILE between two lines `//! [NAME]`, moved to the left. FILE lies under apps/examples or tests and
is named by the meson.build beside it, so that a test compiles and runs it. --fix copies the pieces over.
"""
import pathlib
import re
import sys
import textwrap

BLOCK = re.compile(r'(?P<head><!-- snippet: (?P<file>[^#\s]+)#(?P<name>\S+) -->[ \t]*\n\s*)?'
                   r'(?P<open>^[ \t]*```(?:cpp|c\+\+)\b[^\n]*\n)(?P<text>.*?)(?P<close>^[ \t]*```[ \t]*$)', re.M | re.S)
ALLOWED = ('apps/examples/', 'tests/')


def piece(file, name):
    """The marked lines of a source file, or a ValueError that says what is wrong with the reference."""
    path = pathlib.Path(file)
    if not file.startswith(ALLOWED) or not path.is_file():
        raise ValueError(f'{file} is no file under {" or ".join(ALLOWED)}')
    listed = path.parent / 'meson.build'
    if not listed.is_file() or f"'{path.name}'" not in listed.read_text() and f"'{path.stem}'" not in listed.read_text():
        raise ValueError(f'{listed} does not name {path.name}: nothing compiles it')
    parts = re.split(r'^[ \t]*//! \[' + re.escape(name) + r'\][ \t]*\n', path.read_text(), flags=re.M)
    if len(parts) != 3:
        raise ValueError(f'{file} has {len(parts) - 1} lines `//! [{name}]`, and not two')
    lines = [line for line in parts[1].split('\n') if not re.match(r'\s*//! \[', line)]
    return textwrap.dedent('\n'.join(lines)).strip('\n') + '\n'


def examine(document, fix):
    """Prints what is wrong with a document's blocks; returns how many are, and how many there are."""
    text = document.read_text()
    wrong, blocks, mended = 0, 0, text
    for block in BLOCK.finditer(text):
        blocks += 1
        line = text.count('\n', 0, block.start('open')) + 1
        try:
            if not block['head']:
                raise ValueError('a C++ block without `<!-- snippet: FILE#NAME -->` above it')
            wanted = piece(block['file'], block['name'])
            if wanted == block['text']:
                continue
            if not fix:
                raise ValueError(f'differs from {block["file"]}#{block["name"]}; `.ci/lint_snippets.py --fix` copies it')
            mended = mended.replace(block.group(), block['head'] + block['open'] + wanted + block['close'])
        except ValueError as why:
            print(f'{document}:{line}: {why}')
            wrong += 1
    if mended != text:
        document.write_text(mended)
    return wrong, blocks


def main():
    fix = sys.argv[1:] == ['--fix']
    documents = [path for name in ('README.md', 'CONTRIBUTING.md') if (path := pathlib.Path(name)).is_file()]
    documents += sorted(pathlib.Path('docs').rglob('*.md'))
    results = [examine(document, fix) for document in documents]
    wrong, blocks = (sum(part) for part in zip(*results)) if results else (0, 0)
    print(f'{blocks} C++ blocks in {len(documents)} documents, {wrong} wrong')
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()
