"""Every rule holds in the repository, finds what it must find, and lets the rest pass."""

import pytest

from tests.tidy import rules_code, rules_files, rules_shape, rules_sql
from tests.tidy.tree import Example, Rule, Source, sources

RULES = [*rules_shape.RULES, *rules_code.RULES, *rules_sql.RULES, *rules_files.RULES]
NAMES = [rule.name for rule in RULES]
BAD = [(rule, example) for rule in RULES for example in rule.finds]
GOOD = [(rule, example) for rule in RULES for example in rule.passes]


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_the_repository_keeps_the_rule(rule: Rule) -> None:
    findings = [
        f"{source.path}:{finding.line}: {finding.what}"
        for source in sources(rule.under, rule.suffix)
        for finding in rule.findings(source)
    ]
    assert not findings, "\n".join([rule.check.__doc__ or rule.name, *findings])


@pytest.mark.parametrize("rule,example", BAD, ids=[rule.name for rule, _ in BAD])
def test_the_rule_finds_what_breaks_it(rule: Rule, example: Example) -> None:
    assert rule.judges(example.path)
    assert rule.findings(Source(example.path, example.text))


@pytest.mark.parametrize("rule,example", GOOD, ids=[rule.name for rule, _ in GOOD])
def test_the_rule_lets_good_work_pass(rule: Rule, example: Example) -> None:
    findings = rule.findings(Source(example.path, example.text))
    assert not rule.judges(example.path) or not findings


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_the_rule_can_fail_and_looks_at_something(rule: Rule) -> None:
    assert rule.finds
    assert rule.check.__doc__
    assert sources(rule.under, rule.suffix), "a rule that looks at no file keeps nothing"
