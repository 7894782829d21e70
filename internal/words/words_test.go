package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/sentence"
	"github.com/raci-check/raci-check/internal/words"
)

// speakers are the packages that write for people in each language; silent are their files that no language flag reaches.
var (
	speakers = []string{"../report", "../report/wording", "../report/text", "../report/html", "../report/markdown", "../describe", "../starter", "../evidence", "../serve", "../authoring", "../lsp", "../report/csv", "../report/oscal", "../report/junit", "../report/github", "../report/gitlab", "../report/ics", "../report/sarif", "../sample"}
	silent   = []string{"hover_test.go"}
)

// texts is how many English texts a method takes, and behind how many other arguments they stand.
var texts = map[string]struct{ skip, count int }{
	"Say": {0, 1}, "Text": {0, 1}, "section": {0, 1}, "detail": {0, 1}, "changes": {0, 1}, "few": {0, 1}, "provided": {0, 1}, "side": {0, 1},
	"say": {1, 1}, "field": {2, 1}, "Plural": {1, 2}, "Count": {1, 2}, "more": {1, 2}, "Severities": {1, 2}, "widest": {0, 1}, "page": {2, 1},
	"Put": {0, 1}, "Putf": {0, 1}, "Forms": {1, 2}, "Labelled": {0, 1},
}

func french(t *testing.T) *words.Words {
	t.Helper()
	w, err := words.In("fr")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// said are the texts that the code gives to the methods of texts.
func said(t *testing.T, folder string) (all []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || slices.Contains(silent, filepath.Base(name)) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			takes, ok := texts[method.Sel.Name]
			if method.Sel.Name == "texts" { // any number, each for itself
				for _, arg := range call.Args {
					if text := literalOf(t, arg); text != "" {
						all = append(all, text)
					}
				}
			}
			if !ok || len(call.Args) < takes.skip+takes.count {
				return true
			}
			var literals []string
			for _, arg := range call.Args[takes.skip : takes.skip+takes.count] {
				if text := literalOf(t, arg); text != "" {
					literals = append(literals, text)
				}
			}
			if text := strings.Join(literals, "|"); len(literals) == takes.count && strings.Trim(text, "|") != "" {
				all = append(all, text)
			}
			return true
		})
	}
	return all
}

// literalOf is a text that stands in the code; empty for anything else.
func literalOf(t *testing.T, expression ast.Expr) string {
	t.Helper()
	literal, ok := expression.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEveryTextOfTheProgramIsInFrench(t *testing.T) {
	w, total := french(t), 0
	for _, folder := range speakers {
		for _, text := range said(t, folder) {
			if total++; !w.Has(text) {
				t.Errorf("%s: %q is not in internal/words/fr/program.yaml", folder, text)
			}
		}
	}
	if total < 500 {
		t.Errorf("only %d texts were found in the code: the names of the methods have changed", total)
	}
}

// spoken are the functions that put a text into a page as it is, by the package that has them, with the argument that is the text.
var spoken = map[string]map[string]int{
	"tag": {"Text": 0, "Raw": 0, "Aria": 1, "Placeholder": 0, "Data": 1, "Value": 0}, "g": {"Text": 0, "Raw": 0, "Textf": 0, "Rawf": 0},
}

// A text that a page has as it stands in the code is in English in each language.
func TestNoPageHasATextThatIsNotTranslated(t *testing.T) {
	prose := regexp.MustCompile(`\pL+[ ’]\pL|^\PL*\p{Lu}\p{Ll}+`)
	total := 0
	for _, folder := range []string{"../report/html", "../serve", "../markup"} {
		names, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(node ast.Node) bool {
				call, ok := node.(*ast.CallExpr)
				if !ok {
					return true
				}
				function, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				from, ok := function.X.(*ast.Ident)
				if !ok {
					return true
				}
				at, speaks := spoken[from.Name][function.Sel.Name]
				if !speaks || at >= len(call.Args) {
					return true
				}
				total++
				if text := literalOf(t, call.Args[at]); prose.MatchString(text) {
					t.Errorf("%s: %q is not translated: put it by Put", name, text)
				}
				return true
			})
		}
	}
	if total < 100 {
		t.Errorf("only %d calls were found: the names of the functions have changed", total)
	}
}

// What a page refuses, and what is wrong with what was typed, is an error in English until a page shows it.
func TestEveryRefusalOfThePagesIsInFrench(t *testing.T) {
	w, total := french(t), 0
	for _, pattern := range []string{"../serve/*.go", "../serve/guard/guard.go", "../serve/form/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, text := range sentencesOf(t, name) {
				total++
				plain := verbs.ReplaceAllString(text, "x")
				if !w.Has(text) && w.Message(plain) == plain {
					t.Errorf("%s: %q is not in internal/words/fr/messages.yaml", name, text)
				}
			}
		}
	}
	if total < 50 {
		t.Errorf("only %d sentences were found", total)
	}
}

// sentencesOf are the texts of a file that begin as a sentence and end as one.
func sentencesOf(t *testing.T, name string) (all []string) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(node ast.Node) bool {
		literal, ok := node.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`^[A-Z%].* .*[.:]$`).MatchString(text) {
			all = append(all, text)
		}
		return true
	})
	return all
}

// file are the texts of a file, as it has them.
func file(t *testing.T, name string) map[string]string {
	t.Helper()
	doc, _, err := document.ReadFile("", name, document.Limits{
		Bytes: 1 << 20, Depth: 3, Nodes: 10_000, KeysPerMapping: 10_000, ScalarBytes: 5000, KeyBytes: 5000,
	})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for english, other := range doc.Value().(map[string]any) {
		all[english] = other.(string)
	}
	return all
}

var (
	verbs   = regexp.MustCompile(`%(?:\[\d+\])?([-+# 0]*(?:\*|\d+)?(?:\.\d+)?[a-zA-Z])`)
	indexed = regexp.MustCompile(`%\[\d+\]`)
)

func sorted(all []string) []string {
	slices.Sort(all)
	return all
}

func TestNoValueIsLostOrAddedInFrench(t *testing.T) {
	values := func(text string) []string {
		var all []string
		for _, verb := range verbs.FindAllStringSubmatch(strings.ReplaceAll(text, "%%", ""), -1) {
			all = append(all, verb[1])
		}
		return sorted(all)
	}
	for _, name := range []string{"fr/program.yaml", "fr/messages.yaml", "fr/values.yaml", "fr/errors.yaml"} {
		for english, other := range file(t, name) {
			if a, b := values(english), values(other); !slices.Equal(a, b) {
				t.Errorf("%s: %q has the verbs %v, %q has %v", name, english, a, other, b)
			}
			if n := len(indexed.FindAllString(other, -1)); n > 0 && n != len(values(other)) {
				t.Errorf("%s: %q gives only some of its verbs an index", name, other)
			}
			if a, b := strings.Count(english, "|"), strings.Count(other, "|"); a != b {
				t.Errorf("%s: %q has %d forms, %q has %d", name, english, a+1, other, b+1)
			}
			if strings.TrimSpace(other) == "" {
				t.Errorf("%s: %q says nothing in French", name, english)
			}
		}
	}
}

// A text that the code no longer says is deleted from the catalogue.
func TestNoFrenchTextIsLeftOver(t *testing.T) {
	var sources strings.Builder
	for _, folder := range append(speakers, "../framework", "../verdict", "../cli", "../assessment", "../parameter", "../diff", "../engine", "../raci", "../verify", "../attest", "../../policies/okms") {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			content, err := os.ReadFile(path)
			sources.Write(content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	code := sources.String()
	for english := range file(t, "fr/program.yaml") {
		for form := range strings.SplitSeq(strings.TrimPrefix(english, "unit "), "|") {
			written := strings.NewReplacer("⏎", `\n`, "⇥", `\t`).Replace(form)
			if !strings.Contains(code, written) && !strings.Contains(code, strings.ToLower(written)) && !strings.Contains(code, written+"s") && !strings.Contains(code, strings.TrimSuffix(written, "y")) && !strings.Contains(code, strings.ReplaceAll(written, " ", "_")) && !strings.Contains(code, strings.TrimSuffix(written, ":")) {
				t.Errorf("nothing says %q", english)
			}
		}
	}
}

// aside begin what the engine says of policies and files that are wrong, and of no evidence: errors, which stay English.
var aside = []string{"findings", "a finding of", "there are findings", "there are %d findings of", "is no object", "has no ", "has related", "has the condition", "points at", "write findings", "evaluate ", "open evidence", "it is ", "has the raw", " %s: %v"}

func TestEveryFindingOfTheEngineIsInFrench(t *testing.T) {
	w, total := french(t), 0
	catalogue := file(t, "fr/messages.yaml")
	for _, name := range []string{
		"../engine/judge.go", "../engine/grade.go", "../engine/unread.go", "../engine/waivers.go", "../evidence/artifact.go",
		"../artifact/answer.go", "../artifact/artifact.go", "../artifact/binary.go", "../artifact/text.go",
	} {
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(node ast.Node) bool {
			var literal *ast.BasicLit
			switch n := node.(type) {
			case *ast.CallExpr: // a finding of an artifact, or a format
				if function, ok := n.Fun.(*ast.Ident); ok && (function.Name == "nothing" || function.Name == "contradiction") && len(n.Args) == 1 {
					literal, _ = n.Args[0].(*ast.BasicLit)
				}
				if method, ok := n.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Sprintf" {
					literal, _ = n.Args[0].(*ast.BasicLit)
				}
			case *ast.ReturnStmt:
				if len(n.Results) > 0 {
					literal, _ = n.Results[0].(*ast.BasicLit)
				}
			case *ast.ValueSpec:
				if len(n.Values) == 1 {
					literal, _ = n.Values[0].(*ast.BasicLit)
				}
			}
			if literal == nil || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			text = strings.TrimPrefix(text, "%s") // what the sentence begins with
			if err != nil || strings.Count(text, " ") < 2 || slices.ContainsFunc(aside, func(beginning string) bool {
				return strings.HasPrefix(text, beginning) && !w.Has(text) && catalogue[text] == ""
			}) {
				return true
			}
			total++
			for english := range catalogue {
				if strings.Contains(english, text) {
					return true
				}
			}
			// A format may be a part of a message, whose values another part of the code writes.
			plain := verbs.ReplaceAllString(text, "x")
			if w.Message(plain) == plain && !slices.ContainsFunc(slices.Collect(keys(catalogue)), func(english string) bool {
				return strings.Contains(verbs.ReplaceAllString(english, "x"), plain)
			}) {
				t.Errorf("%s: %q is not in internal/words/fr/messages.yaml", name, text)
			}
			return true
		})
	}
	if total < 60 {
		t.Errorf("only %d sentences were found in the engine", total)
	}
}

// readers are what reads files that people write, with what of it is no error of such a file, or is a part of one that the catalogue has
// in other pieces.
var readers = map[string][]string{
	"../document/*.go": {
		"yaml: the reader", "did not find", "found ", "could not find", "mapping values are", "block sequence entries", "exceeded max", "there is nothing at",
		"the text is not the one", "a value of type", "not a JSON pointer", "too many", "too deep", "too large", "too long", "is a JSON", "a text that begins with",
	},
	"../schema/*.go":       {"schema x", "not of the form of RFC", "the year is out", "about |", " 2006", "YYYY-MM-DD: write", "must have at "},
	"../evidence/[^s]*.go": {"x at x:", "of the service differs", "encode x", "is a placeholder"}, "../filekind/*.go": {"-----begin", "raci-check ("}, "../waiver/waiver.go": nil, "../placeholder/*.go": {"reference data", "is a placeholder"},
	"../suggest/*.go": nil, "../mapping/parse.go": nil, "../edit/*.go": {"is no pointer into", "the evidence has no section", "the value cannot be copied", "store the upload"},
	"../safefile/safefile.go": {"others than its owner", "this is a folder"},
	"../verify/verify.go":     {"cannot have signed", "signed → report"}, "../verify/files.go": {"the files are not those", "open the folder"}, "../verify/timestamps.go": {"x: x, here x"}, "../verify/foreign.go": nil, "../verify/samples.go": {"archive: x", "in the archive already", "has at most", "would be larger", "may have at most"}, "../verify/compare.go": nil,
	"../verify/reassess.go": {"the digest of the x", "x: x; take", "the report's time", "the end of the report's"},
}

// Whatever is wrong with a file is said in French too: each piece of such a sentence stands in the catalogue.
func TestEveryErrorOfFilesIsInFrench(t *testing.T) {
	plain := func(text string) string { return verbs.ReplaceAllString(text, "x") }
	var catalogue strings.Builder
	for _, name := range []string{"fr/errors.yaml", "fr/messages.yaml"} {
		for english := range file(t, name) {
			catalogue.WriteString(plain(english) + "\n")
		}
	}
	total := 0
	for pattern, aside := range readers {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", pattern, names, err)
		}
		for _, name := range names {
			for _, text := range literals(t, name) {
				text = strings.Trim(strings.TrimPrefix(plain(text), "x in x: "), " ,:;`") // ErrNoEvidence stands before it
				if strings.Count(text, " ") < 2 || strings.ContainsAny(text, "\n\\^") || slices.ContainsFunc(aside, func(part string) bool { return strings.Contains(text, part) }) {
					continue
				}
				if total++; !strings.Contains(catalogue.String(), text) {
					t.Errorf("%s: %q is not in internal/words/fr/errors.yaml", name, text)
				}
			}
		}
	}
	if total < 150 {
		t.Errorf("only %d sentences were found", total)
	}
}

// literals are the texts of a file of code.
func literals(t *testing.T, name string) (all []string) {
	t.Helper()
	if strings.HasSuffix(name, "_test.go") {
		return nil
	}
	tree, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, text)
		}
		return true
	})
	return all
}

func keys(all map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range all {
			if !yield(key) {
				return
			}
		}
	}
}

func TestChoose(t *testing.T) {
	for _, test := range []struct {
		flag string
		env  map[string]string
		want string // a language, or what an error says
	}{
		{"", nil, "en"},
		{"fr", nil, "fr"},
		{"fr-CA", nil, "fr"},
		{"FR", nil, "fr"},
		{"en", map[string]string{"RACI_CHECK_LANG": "fr", "LANG": "fr_FR.UTF-8"}, "en"},
		{"", map[string]string{"RACI_CHECK_LANG": "fr"}, "fr"},
		{"", map[string]string{"RACI_CHECK_LANG": "en", "LANG": "fr_FR.UTF-8"}, "en"},
		{"", map[string]string{"LANG": "fr_FR.UTF-8"}, "fr"},
		{"", map[string]string{"LANG": "fr_BE@euro"}, "fr"},
		{"", map[string]string{"LANG": "C.UTF-8"}, "en"},
		{"", map[string]string{"LANG": "de_DE.UTF-8"}, "en"},
		{"", map[string]string{"LANG": "C"}, "en"},
		{"", map[string]string{"LANG": "POSIX"}, "en"},
		{"", map[string]string{"LC_ALL": "C", "LANG": "fr_FR.UTF-8"}, "en"},
		{"", map[string]string{"LC_MESSAGES": "fr_FR", "LANG": "en_US"}, "fr"},
		{"de", nil, `--lang: there are no words in the language "de"; expected is one of en, fr`},
		{"???", nil, `--lang: there are no words in the language "???"; expected is one of en, fr`},
		{"", map[string]string{"RACI_CHECK_LANG": "de"}, `RACI_CHECK_LANG: there are no words in the language "de"; expected is one of en, fr`},
	} {
		got, err := words.Choose(test.flag, func(name string) string { return test.env[name] })
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%q and %v: %s, expected %s", test.flag, test.env, got, test.want)
		}
	}
	if got, err := words.Choose("", nil); got != "en" || err != nil {
		t.Errorf("without an environment: %s, %v", got, err)
	}
}

// The Unicode consortium's rules have a third form in French, for whole millions, which no report counts.
func TestFrenchCountsAsUnicodeSays(t *testing.T) {
	for _, number := range []float64{0, 1, 1.5, 2, 3, 10, 21, 100, 101, 1000} {
		whole := int(math.Trunc(number))
		decimals, digits := 0, 0
		if number != float64(whole) {
			decimals, digits = 5, 1
		}
		want := 1
		if plural.Cardinal.MatchPlural(language.French, whole, digits, digits, decimals, decimals) == plural.One {
			want = 0
		}
		if got := sentence.French.Form(number); got != want {
			t.Errorf("%v takes the form %d, expected %d", number, got, want)
		}
	}
}

func TestMessagesKeepTheirValues(t *testing.T) {
	w := french(t)
	for english, want := range map[string]string{
		"no evidence: /backups/policy is absent":                                                                                        "pas de preuve : /backups/policy est absent",
		"the artifact a.csv does not show the facts: it is an HTML page, not a PDF":                                                     "la pièce a.csv ne montre pas les faits : c'est une page HTML, et non un PDF",
		"too old: collected more than 7 days before the assessment, allowed are at most 7 (p)":                                          "trop ancien : collecté plus de 7 jours avant l'évaluation ; permis : 7 au plus (p)",
		"Add a/b to the section c (d.yaml), with e, f and 1 more. raci-check collect can fill it, --from ovhcloud or --from terraform.": "Ajouter a/b à la section c (d.yaml), avec e, f et 1 de plus. raci-check collect peut le remplir, --from ovhcloud ou --from terraform.",
		"what nobody says": "what nobody says",
		"%s is %d. %s":     "%s is %d. %s",
		"":                 "",
		"expired":          "expirée",
	} {
		if got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(w.Message(english)); got != want {
			t.Errorf("%q: %q, expected %q", english, got, want)
		}
	}
	var english *words.Words
	if got := english.Message("expired"); got != "expired" || english.Tag() != "en" {
		t.Errorf("English is not what it was: %q", got)
	}
}

func FuzzMessage(f *testing.F) {
	w, err := words.In("fr")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("no evidence: /a is absent")
	f.Add("the artifact %s does not show the facts: it is %[9]d, not x")
	f.Fuzz(func(t *testing.T, text string) {
		if other := w.Message(text); strings.Contains(other, "%!") && !strings.Contains(text, "%!") {
			t.Errorf("%q became %q", text, other)
		}
	})
}
