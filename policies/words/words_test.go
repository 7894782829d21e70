// Package words_test checks the words of the policies in other languages. The English ones in METADATA, catalog, baseline and
// schema are the reference: a translation has a text for each of them and for nothing else.
package words_test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sentence"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// limits are those of files of this repository.
var limits = document.Limits{Bytes: 1 << 20, Depth: 8, Nodes: 20000, KeysPerMapping: 1000, ScalarBytes: 4000, KeyBytes: 200}

// french has the grammar of the French sentences: 0 and 1 take the first form.
var french = sentence.Language{Tag: "fr", And: " et ", Forms: 2, Form: func(number float64) int {
	if number < 2 {
		return 0
	}
	return 1
}}

// alike are the texts that are the same in both languages.
var alike = map[string]bool{"Incidents": true, "Monitoring": true, "Date.": true, "Login.": true}

// texts are by file, then by the place of the text in it: "checks/policy_owned/title".
type texts map[string]map[string]string

func (t texts) add(file, place, text string) {
	if t[file] == nil {
		t[file] = map[string]string{}
	}
	t[file][place] = text
}

// conditions adds the sentences of a check. Those that duties share stand once, in the file of the helpers.
func (t texts) conditions(duty string, check *policy.Check) {
	file, place := duty, "checks/"+check.Name+"/conditions"
	if check.Shared != "" {
		t.add(duty, place, check.Shared)
		file, place = "lib", strings.TrimPrefix(check.Shared, "lib.")+"/conditions"
	}
	for _, condition := range check.Conditions {
		t.add(file, place+"/"+condition.Name, condition.Sentence)
	}
}

func english(t *testing.T) texts {
	t.Helper()
	all := texts{}
	table(t, all)
	for _, duty := range duties(t) {
		all.add(duty.Name, "title", duty.Title)
		all.add(duty.Name, "description", duty.Description)
		for _, check := range duty.Checks {
			place := "checks/" + check.Name
			all.add(duty.Name, place+"/title", check.Title)
			all.add(duty.Name, place+"/description", check.Description)
			all.add(duty.Name, place+"/remediation", check.Remediation)
			all.conditions(duty.Name, &check)
		}
	}
	okms := os.DirFS(filepath.Join("..", "okms"))
	parameters, err := parameter.Source{FS: okms, Shown: func(file string) string { return file }}.Load()
	must(t, err)
	for _, p := range parameters.All() {
		all.add("parameters", p.Name, p.Description)
	}
	meant := translated(t, "fr")["values"]
	schemas, err := filepath.Glob("../okms/schema/*.json")
	must(t, err)
	for _, file := range schemas {
		data, err := os.ReadFile(file)
		must(t, err)
		var schema map[string]any
		must(t, json.Unmarshal(data, &schema))
		kinds(all, schema)
		enumerated(all, schema, meant)
		section := strings.TrimSuffix(filepath.Base(file), ".json")
		fields(all, section+"/", schema)
		if section != "_root" {
			all.add("labels", section, section)
		}
	}
	views(t, all)
	return all
}

// own are the frameworks whose titles are words of this program, as those of the duties to report in a directive are.
var own = []string{"hds-2.0"}

// views adds what is said of frameworks. A title or a publisher that is a name stays as it is.
func views(t *testing.T, all texts) {
	t.Helper()
	rules, err := ruleset.Open(os.DirFS(".."), "okms")
	must(t, err)
	ids, err := rules.FrameworkIDs()
	must(t, err)
	for _, id := range ids {
		f, err := rules.Framework(id)
		must(t, err)
		all.add("frameworks", id+"/list", f.List)
		if !strings.HasPrefix(f.Binds, "Who adopts it") { // which the program says of each list of controls
			all.add("frameworks", id+"/binds", f.Binds)
		}
		if f.Publisher == "European Union" {
			all.add("frameworks", id+"/publisher", f.Publisher)
		}
		if f.Publisher == "European Union" || strings.Contains(f.Title, "Annex") {
			all.add("frameworks", id+"/title", f.Title)
		}
		for _, r := range f.Requirements {
			if slices.Contains(own, id) || strings.HasPrefix(r.ID, "Directive ") {
				all.add("frameworks", id+"/"+r.ID, r.Title)
			}
		}
	}
}

// table adds the texts of the catalog.
func table(t *testing.T, all texts) {
	t.Helper()
	doc, _, err := document.ReadFile("", "../okms/catalog.yaml", limits)
	must(t, err)
	from := func(pointer string) string {
		text, _ := doc.Lookup(pointer)
		plain, _ := text.(string)
		return plain
	}
	catalog := catalogOf(t)
	all.add("catalog", "title", catalog.Title)
	for i, name := range catalog.ReadingNames() {
		reading := "/readings/" + strconv.Itoa(i)
		all.add("catalog", "readings/"+name+"/title", from(reading+"/title"))
		if dispute := from(reading + "/dispute"); dispute != "" {
			all.add("catalog", "readings/"+name+"/dispute", dispute)
		}
	}
	for _, activity := range catalog.Activities {
		all.add("catalog", "activities/"+activity.ID, activity.Title)
		all.add("catalog", "phases/"+activity.Phase.Number, activity.Phase.Title)
		all.add("catalog", "sections/"+activity.Section.Number, activity.Section.Title)
		if activity.NotApplicable != "" {
			all.add("catalog", "not_applicable/"+activity.ID, activity.NotApplicable)
		}
		for i, question := range activity.AskProvider {
			all.add("catalog", "ask_provider/"+activity.ID+"/"+strconv.Itoa(i), question)
		}
	}
}

// fields adds the descriptions of a schema and of what is in it. The place is the section and a JSON pointer.
func fields(all texts, place string, schema map[string]any) {
	if description, ok := schema["description"].(string); ok {
		all.add("schema", place, description)
	}
	for keyword, prefix := range map[string]string{"properties": "/", "$defs": "/$defs/"} {
		properties, _ := schema[keyword].(map[string]any)
		for name, property := range properties {
			if below, ok := property.(map[string]any); ok {
				fields(all, place+prefix+name, below)
			}
			if keyword == "properties" {
				all.add("labels", name, name)
			}
		}
	}
	if items, ok := schema["items"].(map[string]any); ok {
		fields(all, place+"/*", items)
	}
}

// kinds adds the kinds of objects that a schema names, and the tables that list what a text can be.
func kinds(all texts, schema any) {
	for _, kind := range []string{"check", "pointer", "section", "person"} { // which no schema of evidence declares
		all.add("kinds", kind, kind)
	}
	switch value := schema.(type) {
	case []any:
		for _, below := range value {
			kinds(all, below)
		}
	case map[string]any:
		for keyword, below := range value {
			switch words := below.(type) {
			case string:
				if keyword == "x-id" || keyword == "x-alias" || keyword == "x-listed" {
					all.add("kinds", words, words)
				}
			case []any:
				if keyword == "to" || keyword == "tables" {
					for _, word := range words {
						all.add("kinds", word.(string), word.(string))
					}
				}
			}
			kinds(all, below)
		}
	}
}

// enumerated adds the words that the schema lists and that have a meaning in the language: names of formats and products need none.
func enumerated(all texts, schema any, meant map[string]string) {
	switch value := schema.(type) {
	case []any:
		for _, below := range value {
			enumerated(all, below, meant)
		}
	case map[string]any:
		words, _ := value["enum"].([]any)
		for _, word := range words {
			if text, ok := word.(string); ok && meant[text] != "" {
				all.add("values", text, text)
			}
		}
		for _, below := range value {
			enumerated(all, below, meant)
		}
	}
}

// translated reads the files of a language.
func translated(t *testing.T, language string) texts {
	t.Helper()
	files, err := filepath.Glob(language + "/*.yaml")
	must(t, err)
	all := texts{}
	for _, file := range files {
		if filepath.Base(file) == "titles.yaml" { // which has words of publishers, and is compared with their lists
			continue
		}
		doc, _, err := document.ReadFile("", file, limits)
		must(t, err)
		leaves(t, all, strings.TrimSuffix(filepath.Base(file), ".yaml"), "", doc.Value())
	}
	return all
}

func leaves(t *testing.T, all texts, file, place string, value any) {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			leaves(t, all, file, strings.TrimPrefix(place+"/"+key, "/"), below)
		}
	case []any:
		for i, below := range value {
			leaves(t, all, file, place+"/"+strconv.Itoa(i), below)
		}
	case string:
		all.add(file, place, value)
	default:
		t.Errorf("%s: %s is no text", file, place)
	}
}

func TestEveryEnglishTextHasItsFrenchAndNothingBesides(t *testing.T) {
	want, got := english(t), translated(t, "fr")
	for _, file := range slices.Sorted(maps.Keys(want)) {
		for _, place := range slices.Sorted(maps.Keys(want[file])) {
			if strings.TrimSpace(got[file][place]) == "" {
				t.Errorf("fr/%s.yaml lacks %s: %q", file, place, want[file][place])
			}
		}
	}
	for file, places := range got {
		for place := range places {
			if _, ok := want[file][place]; !ok {
				t.Errorf("fr/%s.yaml: %s translates no English text: take it out", file, place)
			}
		}
	}
}

func TestFrenchTextsAreNotTheEnglishOnes(t *testing.T) {
	want, got := english(t), translated(t, "fr")
	for file, places := range got {
		for place, text := range places {
			if text == want[file][place] && !alike[text] && !strings.HasPrefix(text, "lib.") {
				t.Errorf("fr/%s.yaml: %s is the English text, %q", file, place, text)
			}
		}
	}
}

func TestFrenchSentencesPutTheValuesOfTheEnglishOnes(t *testing.T) {
	want, got := english(t), translated(t, "fr")
	sentences := 0
	for file, places := range got {
		for place, text := range places {
			if !strings.Contains(place, "/conditions/") {
				if strings.ContainsAny(text, "{}") {
					t.Errorf("fr/%s.yaml: %s is no sentence of a finding, and has a { or }", file, place)
				}
				continue
			}
			sentences++
			expected, err := sentence.Parse(sentence.English, want[file][place])
			must(t, err)
			template, err := sentence.Parse(french, text)
			if err != nil {
				t.Errorf("fr/%s.yaml: %s: %v", file, place, err)
				continue
			}
			if !slices.Equal(template.Names(), expected.Names()) {
				t.Errorf("fr/%s.yaml: %s puts %q, the English sentence %q", file, place, template.Names(), expected.Names())
			}
		}
	}
	if sentences < 700 {
		t.Errorf("only %d sentences were compared", sentences)
	}
}

func TestFrenchTitlesOfDutiesAreThoseOfTheCatalog(t *testing.T) {
	got := translated(t, "fr")
	for _, duty := range duties(t) {
		if title := got["catalog"]["activities/"+duty.ID]; got[duty.Name]["title"] != title {
			t.Errorf("fr/%s.yaml has the title %q, the catalog %q", duty.Name, got[duty.Name]["title"], title)
		}
	}
}

// misset finds what French typography does not have: a sign of two parts without its space, a curly apostrophe, straight quotes.
var misset = regexp.MustCompile(`[^\s][;?!](\s|$)|[^\s]:\s|[’"“”]|«[^\s]|[^\s]»|\s[,.](\s|$)|\s\s`)

func TestFrenchTypography(t *testing.T) {
	for file, places := range translated(t, "fr") {
		for place, text := range places {
			if wrong := misset.FindString(text); wrong != "" {
				t.Errorf("fr/%s.yaml: %s is set wrong at %q: %s", file, place, wrong, text)
			}
		}
	}
}

var (
	// formed is a word whose form a number chooses, and put is the place of a value.
	formed = regexp.MustCompile(`\{[a-z0-9_]+\|([^|}]*)\|([^|}]*)\}`)
	put    = regexp.MustCompile(`\{[a-z0-9_]+\}`)
	// coded is a name of a field, file, option, place or number, which has no language.
	coded = regexp.MustCompile(`\S*[_/<>\d]\S*|\S*:\S+|--\S+|^lib\.\S+$`)
	// elided is what a word swallows before a vowel.
	elided = regexp.MustCompile(`^([cdjlmnst]|qu)'`)
)

func TestFrenchSpelling(t *testing.T) {
	if os.Getenv("RACI_CHECK_VALIDATORS") == "" {
		t.Skip("set RACI_CHECK_VALIDATORS=1 where Debian's hunspell and its French dictionary (hunspell-fr) are")
	}
	list, err := os.ReadFile("fr/terms.txt")
	must(t, err)
	terms := map[string]bool{} // whether a text has it
	for _, term := range strings.Fields(string(list)) {
		terms[term] = false
	}
	all := translated(t, "fr")
	for _, word := range misspelled(t, all) {
		term := strings.TrimSuffix(elided.ReplaceAllString(word, ""), ".")
		if _, ok := terms[term]; !ok {
			t.Errorf("%s: hunspell does not know %q: correct it, or add a term of the field to fr/terms.txt", all.with(word), word)
		}
		terms[term] = true
	}
	for term, used := range terms {
		if !used {
			t.Errorf("fr/terms.txt: no text needs %q: take it out", term)
		}
	}
}

// misspelled lists the words that the dictionary lacks. hunspell is not asked for suggestions, which take it minutes.
func misspelled(t *testing.T, all texts) []string {
	t.Helper()
	var plain strings.Builder
	for _, places := range all {
		for _, text := range places {
			plain.WriteString(coded.ReplaceAllString(put.ReplaceAllString(formed.ReplaceAllString(text, " $1 $2 "), " "), " ") + "\n")
		}
	}
	spell := exec.CommandContext(t.Context(), "hunspell", "-l", "-d", "fr", "-i", "utf-8")
	spell.Stdin = strings.NewReader(plain.String())
	out, err := spell.Output()
	must(t, err)
	words := strings.Fields(string(out))
	slices.Sort(words)
	return slices.Compact(words)
}

// with says where a text has the word.
func (t texts) with(word string) string {
	for _, file := range slices.Sorted(maps.Keys(t)) {
		for _, place := range slices.Sorted(maps.Keys(t[file])) {
			if strings.Contains(t[file][place], word) {
				return "fr/" + file + ".yaml: " + place
			}
		}
	}
	return "fr"
}

func catalogOf(t *testing.T) *raci.Catalog {
	t.Helper()
	data, err := os.ReadFile("../okms/catalog.yaml")
	must(t, err)
	catalog, err := raci.LoadCatalog("catalog.yaml", data)
	must(t, err)
	return catalog
}

func duties(t *testing.T) []policy.Duty {
	t.Helper()
	rules, err := ruleset.Open(os.DirFS(".."), "okms")
	must(t, err)
	set, err := rules.Policies()
	must(t, err)
	return set.Duties
}

var must = testhelp.Must

// The files of the program's own words, which the glossary holds for too.
var program = []string{"program", "messages", "errors"}

// said are the English texts of policies and program with their French ones.
func said(t *testing.T) [][2]string {
	t.Helper()
	var all [][2]string
	want, got := english(t), translated(t, "fr")
	for _, file := range slices.Sorted(maps.Keys(want)) {
		if file == "catalog" || file == "labels" || file == "kinds" || file == "values" || file == "frameworks" { // titles of others, and names
			continue
		}
		for _, place := range slices.Sorted(maps.Keys(want[file])) {
			if !strings.HasSuffix(place, "title") { // those of duties are the provider's
				all = append(all, [2]string{want[file][place], got[file][place]})
			}
		}
	}
	for _, file := range program {
		doc, _, err := document.ReadFile("", "../../internal/words/fr/"+file+".yaml", document.Limits{
			Bytes: 1 << 20, Depth: 3, Nodes: 20_000, KeysPerMapping: 20_000, ScalarBytes: 5000, KeyBytes: 5000,
		})
		must(t, err)
		for text, other := range doc.Value().(map[string]any) {
			all = append(all, [2]string{text, other.(string)})
		}
	}
	return all
}

// ambiguous are English terms of the glossary that are also verbs or other words, so that a text that has one need not mean it.
var ambiguous = []string{"check", "clear", "log", "restore", "condition", "fix", "client", "medium", "profile", "compromised", "stream", "sample", "framework", "finding", "expected", "wrapped"}

// coding is what has no language in a text: actions of templates, names of fields, options, addresses, and words of formats.
var coding = regexp.MustCompile(`\{\{.*?\}\}|raci-check( \w+)?|such as \S+|\((artifact|read_from)\)|Digest attribute|Always \w+|\S*[_/<>{}$]\S*|\S+\.\S+|--\S+|[Ee]xtractable attribute|State attribute|HOST:PORT|DNS`)

// glossary are the French terms by the English one, without those that hold in one context alone.
func glossary(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("../../docs/fr/glossaire.md")
	must(t, err)
	terms, aside := map[string][]string{}, regexp.MustCompile(`\s*\([A-Z]+\)`)
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.Contains(cells[1], "---") || strings.Contains(cells[1], "anglais") {
			continue
		}
		for term := range strings.SplitSeq(aside.ReplaceAllString(cells[1], ""), ",") {
			if term = strings.TrimSpace(term); !strings.Contains(term, "(") && !slices.Contains(ambiguous, term) {
				for other := range strings.SplitSeq(aside.ReplaceAllString(cells[2], ""), ",") {
					terms[term] = append(terms[term], strings.TrimSpace(other))
				}
			}
		}
	}
	return terms
}

// stem is a word without its ending.
func stem(word string) string {
	letters := []rune(strings.ToLower(word))
	return string(letters[:max(min(3, len(letters)), len(letters)-3)])
}

// has reports whether a text has a term: a word of it, whatever its ending.
func has(text, term string) bool {
	for word := range strings.FieldsSeq(term) {
		if len([]rune(word)) > 2 && strings.Contains(strings.ToLower(text), stem(word)) {
			return true
		}
	}
	return false
}

func TestFrenchTermsAreThoseOfTheGlossary(t *testing.T) {
	terms, compared := glossary(t), 0
	if len(terms) < 80 {
		t.Fatalf("the glossary has only %d terms", len(terms))
	}
	english := map[string]*regexp.Regexp{}
	for term := range terms {
		english[term] = regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(term) + `s?\b`)
	}
	for _, pair := range said(t) {
		if strings.HasPrefix(pair[0], "In the section") { // whose names it lists
			continue
		}
		text, french := coding.ReplaceAllString(pair[0], " "), pair[1]
		for term, fitting := range terms {
			if !english[term].MatchString(text) {
				continue
			}
			compared++
			if !slices.ContainsFunc(fitting, func(other string) bool { return has(french, other) }) {
				t.Errorf("%q is %q in the glossary, and %q is said for %q", term, fitting, french, pair[0])
			}
		}
	}
	if compared < 1500 {
		t.Errorf("only %d uses of terms were compared", compared)
	}
}

// avoided are words that stand for a term of the glossary elsewhere, or for nothing in French.
var avoided = map[string]string{
	`solidités?`: "degré de preuve", `cryptages?|(?:en|dé)?cryptée?s?|encrypt\w+`: "chiffrement", `évidences?`: "preuve", `remèdes?`: "remédiation", `tokens?`: "jeton",
	`sévérités?`: "gravité", `findings?`: "constat", `checks?`: "contrôle", `librairies?`: "bibliothèque",
	`hash(?:es)?|hachages?|condensats?`: "empreinte", `owners?`: "propriétaire",
}

func TestFrenchHasOneWordForEachTerm(t *testing.T) {
	all := said(t)
	for words, term := range avoided {
		wrong := regexp.MustCompile(`(?i)(?:^|[^\pL])(?:` + words + `)(?:[^\pL]|$)`)
		for _, pair := range all {
			if hit := wrong.FindString(coding.ReplaceAllString(pair[1], " ")); hit != "" {
				t.Errorf("%q: %q is %q in the glossary", pair[1], strings.TrimSpace(hit), term)
			}
		}
	}
}
