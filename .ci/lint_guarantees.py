#!/usr/bin/env python3
"""usage: lint_guarantees.py     what docs/guarantees.md promises, a test of that name shows

A cell of its table that says "never" or "bounded" ends in numbers of the list below it, unless it refers to another cell;
each item of the list names tests, and every name in backticks with a colon in it is that of a test case under tests/.
"""
import pathlib
import re
import sys

CASE = re.compile(r'(?:(?:TEST_CASE|CORO_TEST)\(|TEST_CASE_FIXTURE\(\s*\w+,)\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')
PROMISE = re.compile(r'\b(never|bounded)\b')
NUMBERS = re.compile(r'\((\d+(?:, \d+)*)\)')


def test_names():
    """The names of all test cases, each with its pieces put together."""
    names = set()
    for file in pathlib.Path('tests').rglob('*.cpp'):
        for case in CASE.finditer(file.read_text()):
            names.add(''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', case[1])))
    return names


def items(text):
    """The numbered items of the list: number -> the names in it."""
    found = {}
    for item in re.finditer(r'^(\d+)\. (.*?)(?=^\d+\. |^\S|\Z)', text, re.M | re.S):
        found[int(item[1])] = re.findall(r'^ +- `([^`]+)`$', item[2], re.M)
    return found


def complaints(text, known):
    listed = items(text)
    for row in re.findall(r'^\| H\d+ .*\|$', text, re.M):
        for cell in row.strip('|').split('|')[2:]:
            numbers = [int(n) for group in NUMBERS.findall(cell) for n in group.split(', ')]
            if PROMISE.search(cell) and not numbers:
                yield f'a promise without a test: {row.split("|")[1].strip()}: {cell.strip()}'
            yield from (f'no item {n} in the list, for: {cell.strip()}' for n in numbers if n not in listed)
    yield from (f'item {number} names no test' for number, names in listed.items() if not names)
    for name in (' '.join(span.split()) for span in re.findall(r'`([^`]+)`', text)):
        if ': ' in name and name not in known:
            yield f'there is no test `{name}`'


def main():
    text = pathlib.Path('docs/guarantees.md').read_text()
    wrong = list(complaints(text, test_names()))
    for one in wrong:
        print(f'docs/guarantees.md: {one}')
    print(f'{len(items(text))} items, {len(wrong)} wrong')
    return bool(wrong) or not items(text)


sys.exit(main())
