#!/usr/bin/env python3
"""Finds what g++ 12 miscompiles beside `co_await`: temporaries destroyed twice, frames too small.

The compiler destroys some temporaries of a full expression that awaits a second time, and makes the
frame too small for some conditions that await. Named first, all of them are fine. Flagged are, in one
full expression with a `co_await`:

  lambda      a lambda that captures by value
  braces      a braced list or a braced temporary, unless its type is on the short list of harmless ones
  choice      a `?:` that awaits in one of its branches
  condition   `if`, `while`, `switch` or `for` on an await that is not put into a variable
  default     a braced default argument of a function that returns an awaitable: it lands in the caller

Braces of a type NAME pass if the file says `static_assert(std::is_trivially_destructible_v<NAME>)`. What is
known to be harmless otherwise says so on the line or the line before: `// co_await ok: REASON`.
"""
import pathlib
import re
import sys

TOKEN = re.compile(r'''
    (?P<space>\s+) | (?P<comment>//[^\n]*|/\*.*?\*/) | (?P<preprocessor>^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<raw>(?:u8|[uUL])?R"(?P<mark>[^(]*)\(.*?\)(?P=mark)") | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\])*"\w*)
  | (?P<number>\.?\d(?:'?[\w.]|[eEpP][+-])*) | (?P<char>(?:u8|[uUL])?'(?:\\.|[^'\\])+') | (?P<word>[A-Za-z_]\w*)
  | (?P<mark2>::|->|<=>|&&|\|\||[=!<>+\-*/%&|^]=|.)''', re.X | re.S | re.M)
PAIRS = {'(': ')', '[': ']', '{': '}'}
TRIVIAL = re.compile(r'static_assert\(std::is_trivially_destructible_v<(?:\w+::)*(\w+)>\)')
ESCAPE = re.compile(r'//\s*co_await ok:\s*(.*)')
TYPES = {'struct', 'class', 'union', 'enum', 'namespace', 'extern'}
OPENERS = {'return', 'co_return', 'co_await', 'co_yield', 'throw', 'case', 'else', 'do'}
HARMLESS = {'bool', 'char', 'int', 'unsigned', 'long', 'double', 'size_t', 'int64_t', 'uint64_t', 'int32_t',
            'uint32_t', 'hours', 'minutes', 'seconds', 'milliseconds', 'microseconds', 'nanoseconds',
            'string', 'string_view', 'byte'}


class Token:
    def __init__(self, text, line):
        self.text, self.line = text, line


class Group:
    """A bracketed part: its opening mark is `text`, what it holds is `items`."""

    def __init__(self, text, line):
        self.text, self.line, self.items = text, line, []
        self.lambda_body = self.lambda_captures = False


def parse(source):
    """The source as nested groups, and the lines whose comment lets them pass."""
    top = Group('{', 0)
    stack, excused, line = [top], {}, 1
    for match in TOKEN.finditer(source):
        text, kind = match.group(), match.lastgroup
        escape = ESCAPE.match(text) if kind == 'comment' else None
        if escape:
            excused[line] = escape.group(1).strip()
        elif kind not in ('space', 'comment', 'preprocessor'):
            place(stack, 'literal' if kind in ('string', 'raw', 'mark', 'char', 'number') else text, line)
        line += text.count('\n')
    return top, excused


def place(stack, text, line):
    if text in PAIRS:
        group = Group(text, line)
        stack[-1].items.append(group)
        stack.append(group)
    elif text in PAIRS.values():
        if len(stack) > 1 and PAIRS[stack[-1].text] == text:
            stack.pop()
    else:
        stack[-1].items.append(Token(text, line))


def mark_lambdas(group):
    """Marks lambda introducers and bodies, so that a body counts as code of its own."""
    items = group.items
    for at, item in enumerate(items):
        if not isinstance(item, Group):
            continue
        mark_lambdas(item)
        if item.text != '[' or not starts_operand(items, at):
            continue
        if any(isinstance(inner, Group) and inner.text == '[' for inner in item.items[:1]):
            continue  # an attribute
        body = next((i for i in items[at + 1:] if i.text in ('{', ';')), None)
        if body is not None and body.text == '{':
            body.lambda_body = True
            item.lambda_captures = captures_by_value(item.items)


def starts_operand(items, at):
    if at == 0:
        return True
    before = items[at - 1]
    if isinstance(before, Group):
        return before.text == '{'
    return before.text in OPENERS or not (before.text == 'literal' or re.match(r'\w', before.text))


def captures_by_value(items):
    return any(part and part[0].text not in ('&', 'this') for part in split(items, ','))


def split(items, mark):
    parts = [[]]
    for item in items:
        if isinstance(item, Token) and item.text == mark:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def is_block(items, at):
    """Whether the braces at `at` hold statements or declarations, and not a braced list."""
    group = items[at]
    if group.lambda_body or any(i.text == ';' for i in group.items):
        return True
    if at == 0:
        return False
    before = items[at - 1]
    if isinstance(before, Group):
        return before.text in '({'
    if before.text in (';', 'else', 'do', 'try', 'const', 'noexcept', 'override', 'final', 'mutable', 'requires', ':'):
        return True
    start = at
    while start > 0 and items[start - 1].text not in (';', '{'):
        start -= 1
    words = [i.text for i in items[start:at]]
    return bool(TYPES & set(words)) or '->' in words and ')' not in words and 'co_await' not in words


def walk(group, report):
    """Goes through the statements of a block, and of the blocks in it."""
    expression = []
    items = group.items
    for at, item in enumerate(items):
        if isinstance(item, Token) and item.text == ';':
            judge(expression, report)
            expression = []
        elif isinstance(item, Group) and item.text == '{' and not item.lambda_body and is_block(items, at):
            judge(expression, report)
            expression = []
            walk(item, report)
        elif isinstance(item, Group) and item.text == '(' and head_of(expression):
            judge_head(head_of(expression), item, report)
            expression = []
        else:
            expression.append(item)
    judge(expression, report)


def head_of(expression):
    words = [i.text for i in expression[-2:] if isinstance(i, Token)]
    for word in words[-1:] + (words[:1] if words[-1:] == ['constexpr'] else []):
        if word in ('if', 'while', 'switch', 'for'):
            return word
    return None


def judge_head(word, group, report):
    clauses = split(group.items, ';')
    for at, clause in enumerate(clauses):
        judge(clause, report)
        tested = at == 1 if word == 'for' else at == len(clauses) - 1
        if not tested or (word == 'for' and len(clauses) < 3):
            continue
        before = [i.text for i in clause[:first_await(clause)]] if awaits(clause) else ['=']
        if '=' not in before:
            report(first_line(clause), 'condition', f'a {word} on an await: put the result into a variable first')


def awaits(items):
    return any(is_await(i) or (isinstance(i, Group) and not i.lambda_body and awaits(i.items)) for i in items)


def is_await(item):
    return isinstance(item, Token) and item.text == 'co_await'


def first_await(items):
    return next(at for at, item in enumerate(items) if awaits([item]))


def first_line(items):
    at = items[first_await(items)]
    return at.line if isinstance(at, Token) else first_line(at.items)


def judge(expression, report):
    """One full expression; the lambda bodies in it are code of their own."""
    judge_defaults(expression, report)
    inspect(expression, report, awaits(expression))


def inspect(items, report, awaited):
    for at, item in enumerate(items):
        if isinstance(item, Token):
            if item.text == '?' and awaited and awaits(split(items[at + 1:], ',')[0]):
                report(item.line, 'choice', 'a ?: with an await in a branch: write if and else')
            continue
        if item.lambda_body:
            walk(item, report)
            continue
        if awaited and item.lambda_captures:
            report(item.line, 'lambda', 'a capturing lambda in an expression that awaits: name it first')
        if awaited and item.text == '{' and not report.harmless(items, at):
            report(item.line, 'braces', 'a braced list in an expression that awaits: name the value first')
        inspect(item.items, report, awaited)


def judge_defaults(expression, report):
    words = [i.text for i in expression]
    if 'awaitable' not in words:
        return
    for item in expression[words.index('awaitable'):]:
        if not isinstance(item, Group) or item.text != '(':
            continue
        for parameter in split(item.items, ','):
            marks = [i.text for i in parameter]
            if '=' in marks and marks[-1] == '{':
                report(parameter[-1].line, 'default', 'a braced default argument of an awaitable function: overload it')


class Report:
    """Collects the findings of one file: called with a line, a kind and a message."""

    def __init__(self, source, excused):
        self.harmless_types = HARMLESS | set(TRIVIAL.findall(source))
        self.excused = excused
        self.found = {(line, 'excuse', 'say why: `// co_await ok: REASON`')
                      for line, reason in excused.items() if not reason}

    def __call__(self, line, kind, message):
        if line not in self.excused and line - 1 not in self.excused:
            self.found.add((line, kind, message))

    def harmless(self, items, at):
        return at > 0 and isinstance(items[at - 1], Token) and items[at - 1].text in self.harmless_types


def check(source):
    """(line, kind, message) of each hazard; an excuse without a reason is a finding as well."""
    top, excused = parse(source)
    mark_lambdas(top)
    report = Report(source, excused)
    walk(top, report)
    return sorted(report.found)


def self_test(folder):
    """Each line of the samples is flagged as its `// bad: KIND` comment says, or not at all."""
    wrong = 0
    for path in sorted(pathlib.Path(folder).glob('*.cpp')):
        source = path.read_text()
        wanted = {(number + bool(below), kind) for number, line in enumerate(source.split('\n'), 1)
                  for below, kind in re.findall(r'// bad( below)?: (\w+)', line)}
        found = {(line, kind) for line, kind, _ in check(source)}
        for line, kind in sorted(wanted ^ found):
            print(f'{path}:{line}: {"missed" if (line, kind) in wanted else "wrongly flagged"}: {kind}')
            wrong += 1
        print(f'{path}: {len(wanted)} hazards, {len(wanted & found)} found')
    sys.exit(1 if wrong else 0)


def main():
    if sys.argv[1:2] == ['--self-test']:
        self_test(sys.argv[2])
    found = [(path, *hazard) for path in sys.argv[1:] for hazard in check(pathlib.Path(path).read_text())]
    for path, line, kind, message in found:
        print(f'{path}:{line}: {message} [{kind}]')
    sys.exit(1 if found else 0)


if __name__ == '__main__':
    main()
