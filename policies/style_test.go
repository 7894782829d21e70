package policies_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/policy"
)

const maxLine = 120

func TestStyleLinesAreShort(t *testing.T) {
	for name := range modules(t, true) {
		source, err := os.ReadFile(name)
		must(t, err)
		number := 0
		for line := range strings.Lines(string(source)) {
			number++
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > maxLine {
				t.Errorf("%s:%d has %d characters, at most %d are readable: wrap it", name, number, n, maxLine)
			}
		}
	}
}

// In YAML, what stands behind " #" in a text without quotes is a comment: METADATA would lose it.
func TestStyleMetadataLosesNoText(t *testing.T) {
	lost := regexp.MustCompile(`^#\s+[a-z_]+: [^"'>|].* #`)
	for name := range modules(t, false) {
		source, err := os.ReadFile(name)
		must(t, err)
		number := 0
		for line := range strings.Lines(string(source)) {
			if number++; lost.MatchString(line) {
				t.Errorf("%s:%d: what follows \" #\" is lost: put the text in quotes", name, number)
			}
		}
	}
}

// A reader of a duty finds its checks first, one after the other, then what decides them.
func TestStyleHelpersStandBelowTheFindings(t *testing.T) {
	for name, module := range modules(t, false) {
		helper, last := "", ""
		seen := map[string]bool{}
		for _, rule := range module.Rules {
			check := policy.CheckOf(rule)
			switch {
			case check == "":
				helper = rule.Head.Ref().String()
			case helper != "":
				t.Errorf("%s:%d: findings.%s stands below the helper %s: findings first, then helpers", name, rule.Location.Row, check, helper)
			case check != last && seen[check]:
				t.Errorf("%s:%d: the rules of findings.%s do not stand together", name, rule.Location.Row, check)
			}
			if check != "" {
				last, seen[check] = check, true
			}
		}
	}
}

func TestStyleFoldersAreCalledAsTheirDuties(t *testing.T) {
	for _, duty := range load(t).set.Duties {
		if want := "okms/" + duty.Name + "/" + duty.Name + ".rego"; duty.File != want {
			t.Errorf("%s is in %s, expected is %s", duty.Name, duty.File, want)
		}
	}
}

// The states of keys have one spelling, in lib/key_states.rego.
func TestStyleKeyStatesAreSpelledOnce(t *testing.T) {
	states := []string{
		"pre_active", "active", "deactivated", "compromised", "destroyed", "destroyed_compromised", "Destroyed", "DestroyedCompromised",
	}
	for name, module := range modules(t, false) {
		if name == "lib/key_states.rego" {
			continue
		}
		ast.WalkExprs(module, func(expr *ast.Expr) bool {
			readsState := false
			ast.WalkRefs(expr, func(ref ast.Ref) bool {
				readsState = readsState || len(ref) > 1 && ref[len(ref)-1].Equal(ast.StringTerm("state"))
				return false
			})
			ast.WalkTerms(expr, func(term *ast.Term) bool {
				if text, ok := term.Value.(ast.String); ok && readsState && slices.Contains(states, string(text)) {
					t.Errorf("%s:%d: the key state %q is spelled here: ask a helper of lib/key_states.rego", name, expr.Location.Row, string(text))
				}
				return false
			})
			return false
		})
	}
}

// counts is a list that is as long as its count, written out.
var counts = regexp.MustCompile(`== count\(\{\w+\.\w+ \| some \w+ in [\w.]+\}\)|count\(\{\w+\.\w+ \| some \w+ in [\w.]+\}\) ==`)

func TestStyleSharedCodeIsShared(t *testing.T) {
	for name := range modules(t, false) {
		source, err := os.ReadFile(name)
		must(t, err)
		if strings.HasPrefix(name, "lib/") {
			continue
		}
		if match := counts.Find(source); match != nil {
			t.Errorf("%s: %s: ask lib.complete(items, field, counted)", name, match)
		}
	}
	// A helper that two duties have alike belongs into lib.
	bodies := map[string]string{}
	for name, module := range modules(t, false) {
		for _, rule := range module.Rules {
			if strings.HasPrefix(name, "lib/") || policy.CheckOf(rule) != "" || len(rule.Body) < 2 {
				continue
			}
			body := rule.Body.String()
			if other := bodies[body]; other != "" && other != name {
				t.Errorf("%s and %s have the same helper %s: put it into lib", other, name, rule.Head.Ref())
			}
			bodies[body] = name
		}
	}
}

// Two items of a list may have the same id, by mistake: an object made with the ids as keys would then be an error of the
// policy, and its duty would say nothing else.
func TestStyleNoObjectIsKeyedByAFieldOfAnItem(t *testing.T) {
	for name, module := range modules(t, false) {
		ast.WalkTerms(module, func(term *ast.Term) bool {
			object, ok := term.Value.(*ast.ObjectComprehension)
			if !ok || strings.HasPrefix(name, "lib/") {
				return false
			}
			if ref, ok := object.Key.Value.(ast.Ref); ok && len(ref) > 1 {
				t.Errorf("%s:%d: %s is a key of an object: two items with it are an error; ask lib.least or lib.greatest of pairs", name, term.Location.Row, ref)
			}
			return false
		})
	}
}

// A condition says what is wrong; the name of its check does not.
func TestStyleConditionsSayWhatIsWrong(t *testing.T) {
	for _, check := range load(t).set.Checks() {
		for _, condition := range check.Conditions {
			if strings.HasPrefix(condition.Name, "not_"+check.Name) {
				t.Errorf("%s: the condition %s does not say what is wrong", check.ID, condition.Name)
			}
			if strings.Contains(condition.Sentence, "\n") || strings.Contains(condition.Sentence, "  ") {
				t.Errorf("%s.%s: the sentence holds line breaks or double spaces: %q", check.ID, condition.Name, condition.Sentence)
			}
		}
	}
}

// Each condition is the outcome of some test: what no test yields may say anything.
func TestStyleEveryConditionIsTested(t *testing.T) {
	tests := map[string]string{} // by duty
	for name := range modules(t, true) {
		if duty, ok := strings.CutSuffix(name, "_test.rego"); ok {
			source, err := os.ReadFile(name)
			must(t, err)
			tests[duty] = string(source)
		}
	}
	for _, check := range load(t).set.Checks() {
		source, ok := tests[strings.TrimSuffix(check.File, ".rego")]
		if !ok || check.Shared != "" || len(check.Conditions) == 1 { // that of the test that it fails
			continue
		}
		// The tests of one check stand in test_<check>_….
		var own strings.Builder
		for _, part := range strings.Split(source, "\ntest_")[1:] {
			if strings.HasPrefix(part, check.Name+"_") {
				own.WriteString(part)
			}
		}
		for _, condition := range check.Conditions {
			if !strings.Contains(own.String(), `"`+condition.Name+`"`) {
				t.Errorf("%s: no test_%s_… has %q", check.ID, check.Name, condition.Name)
			}
		}
	}
}
