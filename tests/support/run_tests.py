#!/usr/bin/env python3
"""Builds and runs tests of one build folder through `meson test`, and counts test cases.

A NAME chooses the test programs and suites whose name holds it; if there are none, the doctest cases
whose name holds it. A NAME that chooses nothing is an error: `meson test` itself would report success.
The last line is always `N passed, N failed, N skipped`.
"""
import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

CASE_MACRO = re.compile(r'\b(?:TEST_CASE|CORO_TEST)\w*\s*\([^"]*?((?:"(?:\\.|[^"\\])*"\s*)+)')
DOCTEST_SUMMARY = re.compile(r'test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed \|\s*(\d+) skipped')
DEEP_SUITES = {'deep', 'fuzz'}
MESON = shlex.split(os.environ.get('MESON', 'meson'))


class Tests:
    """What Meson knows of the tests in a build folder."""

    def __init__(self, folder):
        self.tests = json.loads((folder / 'meson-info/intro-tests.json').read_text())
        targets = json.loads((folder / 'meson-info/intro-targets.json').read_text())
        self.targets = {target['id']: target for target in targets}
        self.folder = folder

    def choose(self, deep):
        if not deep:
            self.tests = [t for t in self.tests if not self.suites(t) & DEEP_SUITES]

    @staticmethod
    def suites(test):
        return {suite.split(':')[-1] for suite in test['suite']}

    def called(self, name):
        word = name.lower()
        return [t for t in self.tests
                if word in t['name'].lower() or word in {s.lower() for s in self.suites(t)}]

    def holding_case(self, name):
        return [t for t in self.tests if any(name.lower() in case.lower() for case in self.cases(t))]

    def cases(self, test):
        for target in test['depends']:
            if os.path.realpath(self.targets[target]['filename'][0]) != os.path.realpath(test['cmd'][0]):
                continue
            for group in self.targets[target]['target_sources']:
                for source in group.get('sources', []):
                    yield from cases_in(source)

    def files(self, tests):
        build = str(self.folder.resolve())
        return sorted({os.path.relpath(name, build) for test in tests for target in test['depends']
                       for name in self.targets[target]['filename']})


def cases_in(source):
    try:
        text = pathlib.Path(source).read_text()
    except OSError:
        return
    for match in CASE_MACRO.finditer(text):
        yield ''.join(re.findall(r'"((?:\\.|[^"\\])*)"', match.group(1)))


def groups(tests, names):
    """Pairs of (tests, doctest case filter): each pair is one run of `meson test`."""
    if not names:
        yield tests.tests, None
    programs = {}
    for name in names:
        called = tests.called(name)
        if called:
            programs.update({test['name']: test for test in called})
            continue
        holding = tests.holding_case(name)
        if not holding:
            sys.exit(f'test: nothing has "{name}" in its name: no test program, no suite, no test case')
        yield holding, name
    if programs:
        yield list(programs.values()), None


def build(folder, files, jobs):
    if files and subprocess.call(['ninja', '-C', str(folder), '-j', str(jobs), *files]) != 0:
        print('The build failed.')
        finish(0, 1, 0)


def run(folder, tests, case, jobs, patience):
    log = folder / 'meson-logs/testlog.json'
    log.unlink(missing_ok=True)
    command = [*MESON, 'test', '-C', str(folder), '--no-rebuild', '--print-errorlogs',
               '--num-processes', str(jobs), '--timeout-multiplier', str(patience)]
    if case:
        pattern = '*' + case.replace(',', '\\,') + '*'
        command.append('--test-args=' + shlex.quote('--test-case=' + pattern))
    status = subprocess.call([*command, *(test['name'] for test in tests)])
    results = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    if not results:
        sys.exit(f'test: meson test ran nothing (exit {status})')
    return [count(result, case) for result in results]


def count(result, case):
    """Passed, failed, skipped test cases of one program; a program without cases counts as one."""
    if result['result'] == 'SKIP':
        return 0, 0, 1
    good = result['result'] in ('OK', 'EXPECTEDFAIL')
    summary = DOCTEST_SUMMARY.search(result.get('stdout', ''))
    if not summary:
        return (1, 0, 0) if good else (0, 1, 0)
    passed, failed, skipped = map(int, summary.groups())
    # A crash after the last case, or a sanitizer's complaint at exit, is a failure of its own.
    return passed, max(failed, 0 if good else 1), 0 if case else skipped


def finish(passed, failed, skipped):
    print(f'{passed} passed, {failed} failed, {skipped} skipped', flush=True)
    sys.exit(0 if failed == 0 and passed > 0 else 1)


def sanitized(folder):
    options = json.loads((folder / 'meson-info/intro-buildoptions.json').read_text())
    return any(o['name'] == 'b_sanitize' and o['value'] != 'none' for o in options)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=pathlib.Path)
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('--deep', action='store_true')
    parser.add_argument('names', nargs='*')
    asked = parser.parse_args()
    if asked.deep:
        os.environ['COFFER_DEEP'] = '1'
    if subprocess.call(['ninja', '-C', str(asked.folder), 'build.ninja']) != 0:
        sys.exit('test: configuring failed')
    tests = Tests(asked.folder)
    tests.choose(asked.deep)
    chosen = list(groups(tests, asked.names))
    build(asked.folder, tests.files([test for group, _ in chosen for test in group]), asked.jobs)
    patience = 5 if sanitized(asked.folder) else 2
    counts = [c for group, case in chosen for c in run(asked.folder, group, case, asked.jobs, patience)]
    finish(*map(sum, zip(*counts)))


if __name__ == '__main__':
    main()
