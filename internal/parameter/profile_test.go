package parameter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/parameter"
)

const baseline = `age_max_days: {value: 183, unit: days, stricter: lower, source: base, description: An age.}
kinds: {value: [a, b, c], unit: kinds, stricter: subset, source: base, description: Kinds.}
roles: {value: [a], unit: roles, stricter: superset, source: base, description: Roles.}
size_min_bits: {value: 128, unit: bits, stricter: higher, source: base, description: A size.}
`

// source is profiles by name, a file each, besides the baseline.
func source(overlays map[string]string) parameter.Source {
	files := fstest.MapFS{"profiles/baseline/all.yaml": {Data: []byte(baseline)}}
	for name, content := range overlays {
		files["profiles/"+name+"/all.yaml"] = &fstest.MapFile{Data: []byte(content)}
	}
	return parameter.Source{FS: files, Shown: func(file string) string { return "okms/" + file }}
}

// shown is parameters in short.
func shown(set *parameter.Set) string {
	var out strings.Builder
	for _, p := range set.All() {
		fmt.Fprintf(&out, "%s %v %s: %s\n", p.Name, p.Value, p.SetBy, p.Source)
	}
	return out.String()
}

func TestLoad(t *testing.T) {
	profiles := source(map[string]string{
		"loose": "age_max_days: {value: 365, source: loose 1, looser_because: none is named}\n",
		"one":   "age_max_days: {value: 90, source: one 1}\nkinds: {value: [a, b], source: one 2}\nroles: {value: [a, b], source: one 3}\n",
		"two":   "age_max_days: {value: 90.0, source: two 1}\nkinds: {value: [b, c], source: two 2}\nroles: {value: [a, c], source: two 3}\nsize_min_bits: {value: 256, source: two 4}\n",
	})
	if err := profiles.Verify(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		profiles []string
		joined   string
		want     string
	}{
		"none named": {nil, "baseline", "age_max_days 183 baseline: base\nkinds [a b c] baseline: base\nroles [a] baseline: base\nsize_min_bits 128 baseline: base\n"},
		"an overlay takes the place of the baseline's value, a looser one too": {[]string{"loose"}, "loose",
			"age_max_days 365 loose: loose 1\nkinds [a b c] baseline: base\nroles [a] baseline: base\nsize_min_bits 128 baseline: base\n"},
		"with the baseline named, no less than it": {[]string{"loose", "baseline"}, "baseline + loose",
			"age_max_days 183 baseline: base\nkinds [a b c] baseline: base\nroles [a] baseline: base\nsize_min_bits 128 baseline: base\n"},
		"the strictest, and lists that only together are": {[]string{"two", "one", "two"}, "one + two",
			"age_max_days 90 one, two: one 1; two 1\nkinds [b] one, two: one 2; two 2\nroles [a b c] one, two: one 3; two 3\nsize_min_bits 256 two: two 4\n"},
		"what a profile leaves to the baseline is its value": {[]string{"one", "loose"}, "loose + one",
			"age_max_days 90 one: one 1\nkinds [a b] one: one 2\nroles [a b] one: one 3\nsize_min_bits 128 baseline: base\n"},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := profiles.Load(test.profiles...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, shown(set)); diff != "" {
				t.Errorf("-wanted +got:\n%s", diff)
			}
			if set.Profile() != test.joined {
				t.Errorf("called %q, wanted %q", set.Profile(), test.joined)
			}
			for _, p := range set.All() {
				if p.Looser() {
					t.Errorf("%s is looser than its own profiles", p.Name)
				}
			}
		})
	}
}

// A profile that asks for less than the baseline is remembered, whatever a file of overrides makes of its value, until that asks for as
// much as the baseline does.
func TestAProfileThatAsksForLessIsRemembered(t *testing.T) {
	profiles := source(map[string]string{
		"loose": "age_max_days: {value: 365, source: loose 1, looser_because: none is named}\n",
		"same":  "age_max_days: {value: 365, source: same 1, looser_because: none is named}\n",
		"firm":  "age_max_days: {value: 90, source: firm 1}\n",
	})
	for name, test := range map[string]struct {
		profiles []string
		override string
		want     []string // the profiles that ask for less
	}{
		"the baseline":                    {nil, "", nil},
		"a looser profile":                {[]string{"loose"}, "", []string{"loose"}},
		"two of them":                     {[]string{"loose", "same"}, "", []string{"loose", "same"}},
		"with the baseline":               {[]string{"loose", "baseline"}, "", nil},
		"with a stricter one":             {[]string{"loose", "firm"}, "", nil},
		"changed to what is between both": {[]string{"loose"}, "300", []string{"loose"}},
		"changed to the baseline's":       {[]string{"loose"}, "183", nil},
		"changed to more than that":       {[]string{"loose"}, "400", []string{"loose"}},
		"a looser file and no profile":    {nil, "400", nil},
	} {
		set, err := profiles.Load(test.profiles...)
		if err != nil {
			t.Fatal(err)
		}
		if test.override != "" {
			doc, err := document.Parse("p.yaml", []byte("api_version: raci-check/v1\nkind: Parameters\nparameters: {age_max_days: "+test.override+"}\n"), document.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if set, err = set.Override(doc); err != nil {
				t.Fatal(err)
			}
		}
		var milder []string
		for _, p := range set.All() {
			if p.Milder() {
				milder = append(milder, p.Profiles...)
			}
			if p.Name == "size_min_bits" && p.Milder() {
				t.Errorf("%s: %s asks for less, and no profile changes it", name, p.Name)
			}
		}
		if !slices.Equal(milder, test.want) {
			t.Errorf("%s: %v ask for less than the baseline, expected %v", name, milder, test.want)
		}
	}
}

// Where nobody can say which value is stricter, any other than the profile's is looser.
func TestAValueOfNoDirectionIsLooserIfItDiffers(t *testing.T) {
	number := func(text string) any { return json.Number(text) }
	for name, test := range map[string]struct {
		stricter       parameter.Direction
		value, profile any
		looser         bool
	}{
		"the same number":           {parameter.Unknown, number("7"), number("7.0"), false},
		"a smaller number":          {parameter.Unknown, number("6"), number("7"), true},
		"a larger number":           {parameter.Unknown, number("8"), number("7"), true},
		"the same items":            {parameter.Unknown, []any{"b", "a"}, []any{"a", "b"}, false},
		"fewer items":               {parameter.Unknown, []any{"a"}, []any{"a", "b"}, true},
		"more items":                {parameter.Unknown, []any{"a", "b", "c"}, []any{"a", "b"}, true},
		"another kind":              {parameter.Unknown, []any{"7"}, number("7"), true},
		"no direction is given":     {"", number("8"), number("7"), true},
		"more that must be there":   {parameter.Superset, []any{"a", "b"}, []any{"a"}, false},
		"fewer that must be there":  {parameter.Superset, []any{"a"}, []any{"a", "b"}, true},
		"a smaller least number":    {parameter.Higher, number("6"), number("7"), true},
		"a stricter highest number": {parameter.Lower, number("6"), number("7"), false},
	} {
		if got := (parameter.Parameter{Value: test.value, Default: test.profile, Stricter: test.stricter}).Looser(); got != test.looser {
			t.Errorf("%s: looser is %v", name, got)
		}
	}
	const unknown = "order: {value: [a, b], unit: kinds, stricter: unknown, source: base, description: Kinds.}\n"
	profiles := parameter.Source{FS: fstest.MapFS{
		"profiles/baseline/all.yaml": {Data: []byte(unknown)},
		"profiles/one/all.yaml":      {Data: []byte("order: {value: [b, c], source: x, looser_because: it is ours}\n")},
		"profiles/two/all.yaml":      {Data: []byte("order: {value: [c], source: x, looser_because: it is ours}\n")},
	}, Shown: func(file string) string { return file }}
	if err := profiles.Verify(); err != nil {
		t.Fatal(err)
	}
	var conflict *parameter.ConflictError
	if _, err := profiles.Load("one", "two"); !errors.As(err, &conflict) {
		t.Errorf("nobody can say which of two values is stricter: %v", err)
	}
}

func TestLoadRefuses(t *testing.T) {
	profiles := source(map[string]string{
		"one": "kinds: {value: [a], source: x}\n",
		"two": "kinds: {value: [b, c], source: x}\n",
	})
	var unknown *parameter.UnknownProfileError
	if _, err := profiles.Load("one", "baselin"); !errors.As(err, &unknown) || unknown.Name != "baselin" ||
		err.Error() != `unknown profile "baselin", did you mean "baseline"? Known are baseline, one, two` {
		t.Errorf("%v", err)
	}
	if _, err := profiles.Load("unheard"); !errors.As(err, &unknown) || err.Error() != `unknown profile "unheard", known are baseline, one, two` {
		t.Errorf("%v", err)
	}
	var conflict *parameter.ConflictError
	if _, err := profiles.Load("two", "one"); !errors.As(err, &conflict) || conflict.Name != "kinds" || !slices.Equal(conflict.Profiles, []string{"one", "two"}) {
		t.Errorf("%v", err)
	}
	without := parameter.Source{FS: fstest.MapFS{"profiles/one/all.yaml": {Data: []byte("{}\n")}}, Shown: func(file string) string { return file }}
	if _, err := without.Load("one"); err == nil || !strings.Contains(err.Error(), "there is no profiles/baseline") {
		t.Errorf("%v", err)
	}
}

// More days than a time can have would turn a looser value into a failure that nobody understands.
func TestDaysHaveAnEnd(t *testing.T) {
	set, err := source(nil).Load()
	if err != nil {
		t.Fatal(err)
	}
	for days, isRefused := range map[string]bool{"36500": false, "36501": true} {
		text := "api_version: raci-check/v1\nkind: Parameters\nparameters: {age_max_days: " + days + ", size_min_bits: 99999}\n"
		doc, err := document.Parse("p.yaml", []byte(text), document.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := set.Override(doc); (err != nil) != isRefused {
			t.Errorf("%s days: %v", days, err)
		}
	}
}

func TestVerify(t *testing.T) {
	for name, test := range map[string]struct{ overlay, says string }{
		"a parameter that is not the baseline's": {"\nage_max_day: {value: 1, source: x}", `2:1: unknown parameter "age_max_day", did you mean "age_max_days"? (profile own changes`},
		"a direction":                            {"age_max_days: {value: 1, source: x, stricter: lower}", `1:1: parameter age_max_days: only the baseline may set "stricter"`},
		"a unit":                                 {"age_max_days: {value: 1, source: x, unit: days}", `only the baseline may set "unit"`},
		"a description":                          {"age_max_days: {value: 1, source: x, description: x}", `only the baseline may set "description"`},
		"a list for a number":                    {"age_max_days: {value: [a], source: x}", "1:1: parameter age_max_days: the value is a list, in the baseline it is a number"},
		"a number for a list":                    {"kinds: {value: 1, source: x}", "1:1: parameter kinds: the value is a number, in the baseline it is a list"},
		"a text":                                 {"kinds: {value: a, source: x}", "1:16: "},
		"an empty list":                          {"kinds: {value: [], source: x}", "1:9: must not be empty"},
		"a negative number":                      {"age_max_days: {value: -1, source: x}", "1:23: "},
		"no source":                              {"age_max_days: {value: 1}", `1:1: missing required field "source"`},
		"an empty source":                        {"age_max_days: {value: 1, source: ''}", "1:34: must not be empty"},
		"no value":                               {"age_max_days: {source: x}", `missing required field "value"`},
		"a field of another kind":                {"age_max_days: {value: 1, surce: x}", `unknown field "surce", did you mean "source"?`},
		"looser without a reason":                {"age_max_days: {value: 184, source: x}", "1:1: parameter age_max_days: the value is looser than the baseline's: give the reason in looser_because"},
		"a list that allows another thing":       {"kinds: {value: [a, d], source: x}", "is looser than the baseline's"},
		"a list that leaves a demand out":        {"roles: {value: [b], source: x}", "is looser than the baseline's"},
		"a reason without being looser":          {"age_max_days: {value: 183, source: x, looser_because: x}", "is not looser than the baseline's: leave looser_because out"},
		"all at once":                            {"kinds: {value: 1, source: x}\nroles: {value: 1, source: x}", "okms/profiles/own/all.yaml:2:1: parameter roles"},
	} {
		t.Run(name, func(t *testing.T) {
			err := source(map[string]string{"own": test.overlay + "\n"}).Verify()
			var errs document.Errors
			if !errors.As(err, &errs) || !strings.Contains(err.Error(), test.says) || !strings.HasPrefix(err.Error(), "okms/profiles/own/all.yaml:") {
				t.Errorf("%v, wanted %q in it", err, test.says)
			}
		})
	}
	for name, test := range map[string]struct{ file, content, says string }{
		"twice in a profile": {"profiles/own/more.yaml", "kinds: {value: [a], source: x}\n", "okms/profiles/own/more.yaml:1:1: parameter kinds is already given at okms/profiles/own/all.yaml:1"},
		"too deep":           {"profiles/own/more/more.yaml", "{}\n", "okms/profiles/own/more/more.yaml: this file is never read"},
		"too high":           {"profiles/more.yaml", "{}\n", "okms/profiles/more.yaml: this file is never read"},
		"a name with a plus": {"profiles/own + all/all.yaml", "kinds: {value: [a], source: x}\n", "okms/profiles/own + all: the name of a profile"},
		"no YAML":            {"profiles/own/more.yaml", "{\n", "okms/profiles/own/more.yaml:"},
		"a broken baseline":  {"profiles/baseline/more.yaml", "more: {value: 1, source: x}\n", `okms/profiles/baseline/more.yaml:1:1: missing required field "description"`},
	} {
		t.Run(name, func(t *testing.T) {
			profiles := source(map[string]string{"own": "kinds: {value: [a], source: x}\n"})
			profiles.FS.(fstest.MapFS)[test.file] = &fstest.MapFile{Data: []byte(test.content)}
			if err := profiles.Verify(); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, wanted %q in it", err, test.says)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	profiles := source(map[string]string{"one": "age_max_days: {value: 90, source: one 1}\n", "two": "kinds: {value: [b], source: two 1}\n"})
	compared, err := profiles.Compare("two", "one")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, p := range compared {
		fmt.Fprintf(&out, "%s %v %t:", p.Name, p.Value, p.Changed())
		for _, of := range p.Each {
			fmt.Fprintf(&out, " %s %v %t", of.Profile, of.Value, of.InForce)
		}
		out.WriteString("\n")
	}
	want := `age_max_days 90 true: baseline 183 false one 90 true two 183 false
kinds [b] true: baseline [a b c] false one [a b c] false two [b] true
roles [a] false: baseline [a] false one [a] true two [a] true
size_min_bits 128 false: baseline 128 false one 128 true two 128 true
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-wanted +got:\n%s", diff)
	}
}

// Whatever profiles say: the order of their names never matters, and one more never asks for less.
func TestCombiningNeverLoosens(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	randomItems := func() []string {
		items := []string{"a", "b", "c", "d", "z"}
		random.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		items = items[:random.IntN(len(items))]
		if !slices.Contains(items, "z") {
			items = append(items, "z") // in all lists, so that there is no conflict
		}
		return items
	}
	for range 300 {
		overlays := map[string]string{}
		for _, name := range []string{"one", "two", "three"} {
			content := "{}\n"
			say := func(parameter string, value any, looser bool) {
				if random.IntN(4) == 0 {
					return
				}
				because := ""
				if looser {
					because = ", looser_because: it is tried"
				}
				content = strings.TrimPrefix(content, "{}\n") + fmt.Sprintf("%s: {value: %v, source: %s%s}\n", parameter, value, name, because)
			}
			days, bits, kinds, roles := random.IntN(4)*100, random.IntN(4)*64, randomItems(), randomItems()
			say("age_max_days", days, days > 183)
			say("size_min_bits", bits, bits < 128)
			say("kinds", "["+strings.Join(kinds, ", ")+"]", slices.Contains(kinds, "d"))
			say("roles", "["+strings.Join(roles, ", ")+"]", !slices.Contains(roles, "a"))
			overlays[name] = content
		}
		profiles := source(overlays)
		profiles.FS.(fstest.MapFS)["profiles/baseline/all.yaml"].Data = []byte(strings.NewReplacer("[a, b, c]", "[a, b, c, z]", "[a]", "[a, z]").Replace(baseline))
		if err := profiles.Verify(); err != nil {
			t.Fatal(err)
		}
		names := append(slices.Sorted(maps.Keys(overlays)), parameter.Baseline)
		random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		var before *parameter.Set
		for n := 1; n <= len(names); n++ {
			set, err := profiles.Load(names[:n]...)
			if err != nil {
				t.Fatal(err)
			}
			backwards := slices.Clone(names[:n])
			slices.Reverse(backwards)
			again, err := profiles.Load(backwards...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(set, again, cmp.AllowUnexported(parameter.Set{})); diff != "" {
				t.Fatalf("%v, in another order: %s", names[:n], diff)
			}
			if before != nil {
				notLooser(t, before, set)
			}
			alone, err := profiles.Load(names[n-1])
			if err != nil {
				t.Fatal(err)
			}
			notLooser(t, alone, set)
			before = set
		}
	}
}

// notLooser compares parameters with the values they had with fewer profiles.
func notLooser(t *testing.T, before, after *parameter.Set) {
	t.Helper()
	for _, p := range after.All() {
		old, _ := before.Find(p.Name)
		p.Default = old.Value
		if p.Looser() {
			t.Fatalf("%v: %s is %v; with %v it was %v", after.Profiles, p.Name, p.Value, before.Profiles, old.Value)
		}
	}
}
