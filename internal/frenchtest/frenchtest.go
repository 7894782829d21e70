// Package frenchtest looks for English in what is to be French. It holds what the program wrote against two things: its own English
// texts, of which four words in a row are never there; and, where hunspell may be asked, the French dictionary, which every word is in
// that is no term of the field (terms.txt), no identifier, and no word of what people wrote.
package frenchtest

import (
	_ "embed"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/translate"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
	"github.com/raci-check/raci-check/policies"
)

//go:embed terms.txt
var terms string

// Reader reads French, and notes what is not.
type Reader struct {
	// Language is the translator of the shipped rules.
	Language *translate.Translator
	// Rules are the shipped ones.
	Rules ruleset.Ruleset

	t        testing.TB
	english  map[string]string // four words in a row of a text of the program: the text
	quoted   []string          // what is not the program's own, the longest first
	unquoted *strings.Replacer
	isQuoted map[string]bool     // the same, of one word
	seen     map[string]string   // each word, with where it stands first
	parts    map[string][]string // of each text between spaces that was read, its words
	texts    int
}

var (
	opening sync.Mutex
	opened  *Reader // with what is the same for all
)

// New opens the shipped rules in French. At the end of the test the words that were read are looked up.
func New(t testing.TB) *Reader {
	t.Helper()
	opening.Lock()
	defer opening.Unlock()
	if opened == nil {
		r := &Reader{t: t, english: map[string]string{}, isQuoted: map[string]bool{}}
		var err error
		r.Rules, err = ruleset.Open(policies.FS, policies.OKMS)
		testhelp.Must(t, err)
		r.Rules, err = r.Rules.WithSnapshot(policies.Snapshot)
		testhelp.Must(t, err)
		language, err := words.In("fr")
		testhelp.Must(t, err)
		r.Language, err = translate.New(language, r.Rules, policies.Words)
		testhelp.Must(t, err)
		r.own()
		r.others()
		opened = r
	}
	r := *opened
	r.t, r.quoted, r.isQuoted, r.seen = t, slices.Clone(r.quoted), maps.Clone(r.isQuoted), map[string]string{}
	r.parts = map[string][]string{}
	t.Cleanup(r.spell)
	return &r
}

// say notes an English text of the program.
func (r *Reader) say(text string) {
	for part := range strings.SplitSeq(holes.ReplaceAllString(text, "\n"), "\n") {
		for _, row := range rows(part) {
			r.english[row] = text
		}
	}
}

// own notes all English texts of the program and of its policies, but for what French texts have too: commands, and names of fields.
func (r *Reader) own() {
	r.t.Helper()
	var french []string
	root := root(r.t)
	for _, name := range []string{"program", "messages", "values", "errors"} {
		for english, other := range object(r.t, filepath.Join(root, "internal/words/fr", name+".yaml")) {
			r.say(english)
			french = append(french, text(other)...)
		}
	}
	files, err := filepath.Glob(filepath.Join(root, "policies/words/fr/*.yaml"))
	testhelp.Must(r.t, err)
	for _, file := range files {
		french = append(french, text(object(r.t, file))...)
	}
	set, err := r.Rules.Compiled()
	testhelp.Must(r.t, err)
	for _, duty := range set.Duties {
		r.say(duty.Title)
		r.say(duty.Description)
		for _, c := range duty.Checks {
			for _, text := range []string{c.Title, c.Description, c.Remediation} {
				r.say(text)
			}
			for _, condition := range c.Conditions {
				r.say(condition.Sentence)
				r.Quote(condition.Name)
			}
		}
	}
	reading, err := r.Rules.Reading("")
	testhelp.Must(r.t, err)
	for _, a := range reading.Activities {
		r.Quote(a.Name)
		for _, text := range append(a.AskProvider, a.Title, a.Phase.Title, a.Section.Title, a.NotApplicable, a.DisputeNote) {
			r.say(text)
		}
	}
	parameters, err := r.Rules.Parameters()
	testhelp.Must(r.t, err)
	for _, p := range parameters.All() {
		r.say(p.Description)
	}
	form, err := r.Rules.Described()
	testhelp.Must(r.t, err)
	r.fields(form)
	for _, form := range form.Defs {
		r.fields(form)
	}
	if len(r.english) < 10_000 {
		r.t.Fatalf("only %d rows of English words were found", len(r.english))
	}
	for _, text := range french {
		for _, row := range rows(text) {
			delete(r.english, row)
		}
	}
}

// fields notes the descriptions of fields, and quotes their names and the words that their values are.
func (r *Reader) fields(form *evidence.Form) {
	r.say(form.Description)
	r.Quote(form.Enum...)
	r.Quote(form.Properties.Names...)
	for _, below := range form.Properties.Forms {
		r.fields(below)
	}
	if form.Items != nil {
		r.fields(form.Items)
	}
}

// others notes what is not the program's own: the sources of checks and parameters, and the names of controls and frameworks with the
// titles of their requirements.
func (r *Reader) others() {
	r.t.Helper()
	var all []string
	set, err := r.Rules.Compiled()
	testhelp.Must(r.t, err)
	for _, check := range set.Checks() {
		all = append(all, check.Source)
	}
	profiles, err := r.Rules.Profiles().Names()
	testhelp.Must(r.t, err)
	for _, profile := range profiles {
		parameters, err := r.Rules.Parameters(profile)
		testhelp.Must(r.t, err)
		for _, p := range parameters.All() {
			all = append(all, p.Source, p.LooserBecause, verdict.ValueText(p.Value))
			all = append(all, text(p.Value)...)
		}
	}
	controls, err := r.Rules.Controls()
	testhelp.Must(r.t, err)
	for _, list := range controls {
		all = append(all, list.Title, list.Source, list.Publisher)
	}
	ids, err := r.Rules.FrameworkIDs()
	testhelp.Must(r.t, err)
	for _, id := range ids {
		f, err := r.Rules.Framework(id)
		testhelp.Must(r.t, err)
		all = append(all, f.Title, f.Publisher)
		for _, requirement := range f.Requirements {
			all = append(all, requirement.Title)
		}
	}
	catalog, _, err := r.Rules.Catalog()
	testhelp.Must(r.t, err)
	for _, name := range catalog.ReadingNames() {
		reading, err := catalog.Reading(name)
		testhelp.Must(r.t, err)
		all = append(all, reading.Source)
	}
	regions, err := r.Rules.Regions()
	testhelp.Must(r.t, err)
	r.Quote(append(all, regions...)...)
	for line := range strings.Lines(terms) { // terms of several words
		if strings.Contains(strings.TrimSpace(line), " ") {
			r.Quote(line)
		}
	}
}

// Quote notes texts that are not the program's own.
func (r *Reader) Quote(all ...string) {
	for _, text := range all {
		switch text = spaced(text); {
		case strings.Contains(text, " "):
			r.quoted = append(r.quoted, text)
		case text != "":
			r.isQuoted[text] = true
		}
	}
	slices.SortFunc(r.quoted, func(a, b string) int { return len(b) - len(a) })
	r.quoted, r.unquoted = slices.Compact(r.quoted), nil
}

// QuoteFolder notes what people wrote into the YAML files of a folder.
func (r *Reader) QuoteFolder(folder string) {
	r.t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	testhelp.Must(r.t, err)
	if len(names) == 0 {
		r.t.Fatalf("%s has no YAML", folder)
	}
	for _, name := range names {
		r.QuoteFile(name)
	}
}

// QuoteFile notes the texts of a file of YAML or JSON, and the names in it.
func (r *Reader) QuoteFile(name string) {
	r.t.Helper()
	r.Quote(text(object(r.t, name))...)
}

// Read looks through a text that is to be French.
func (r *Reader) Read(where, prose string) {
	r.t.Helper()
	r.texts++
	prose = spaced(written.Replace(prose))
	if r.unquoted == nil { // one pass for all of them, the longest first
		var pairs []string
		for _, text := range r.quoted {
			pairs = append(pairs, text, " ¶ ")
		}
		r.unquoted = strings.NewReplacer(pairs...)
	}
	prose = r.unquoted.Replace(prose)
	prose = code.ReplaceAllString(prose, " ¶ ")
	reported := map[string]bool{}
	fields := strings.Fields(strings.ToLower(prose))
	for i := range max(0, len(fields)-3) {
		row := rowOf(fields[i : i+4])
		if english := r.english[row]; english != "" && !reported[english] {
			reported[english] = true
			r.t.Errorf("%s has English: %q, of %q", where, row, english)
		}
	}
	at := 0
	for whole := range strings.SplitSeq(prose, " ") { // the prose is spaced
		for _, word := range r.words(whole) {
			if _, is := r.seen[word]; !is {
				r.seen[word] = where + ": …" + strings.ToValidUTF8(prose[max(0, at-60):min(len(prose), at+len(whole)+40)], "") + "…"
			}
		}
		at += len(whole) + len(" ")
	}
}

// words are the words of what stands between two spaces: none of an identifier, and none of what people wrote.
func (r *Reader) words(whole string) []string {
	all, is := r.parts[whole]
	if !is {
		if !named.MatchString(whole) {
			all = word.FindAllString(whole, -1)
		}
		r.parts[whole] = all
	}
	if len(all) > 0 && r.isQuoted[strings.Trim(whole, marks)] {
		return nil
	}
	return all
}

// spell asks hunspell for the words that were read.
func (r *Reader) spell() {
	if r.texts == 0 {
		r.t.Error("nothing was read")
	}
	if os.Getenv("RACI_CHECK_VALIDATORS") == "" || r.t.Failed() && len(r.seen) == 0 {
		return
	}
	for _, word := range Misspelt(r.t, r.seen) {
		r.t.Errorf("%q is neither French nor in internal/frenchtest/terms.txt: %s", word, r.seen[word])
	}
}

// verdicts are those on the words that hunspell was asked for: whether each is misspelt. To ask again costs a process that
// reads its dictionary.
var (
	asking   sync.Mutex
	verdicts = map[string]bool{}
)

// Misspelt are the words that neither Debian's French dictionary nor the list of terms has.
func Misspelt[V any](t testing.TB, all map[string]V) (unknown []string) {
	t.Helper()
	asking.Lock()
	defer asking.Unlock()
	ask(t, all)
	for word := range all {
		if verdicts[word] {
			unknown = append(unknown, word)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// ask asks hunspell for those of the words that it was not asked for yet.
func ask[V any](t testing.TB, all map[string]V) {
	t.Helper()
	var list strings.Builder
	for word := range all {
		if _, is := verdicts[word]; !is {
			verdicts[word] = false
			list.WriteString(word + "\n")
		}
	}
	if list.Len() == 0 {
		return
	}
	cmd := exec.Command("hunspell", "-d", "fr", "-i", "utf-8", "-l")
	cmd.Stdin = strings.NewReader(list.String())
	out, err := cmd.Output()
	testhelp.Must(t, err)
	for word := range strings.FieldsSeq(string(out)) {
		verdicts[word] = !slices.Contains(strings.Split(terms, "\n"), elided.ReplaceAllString(word, ""))
	}
}

// written takes away how a table and Markdown write a text.
var written = strings.NewReplacer("│", " ", `\_`, "_")

const marks = ".,;:!?()[]«»\"'…–—*|¶ \u00a0\u202f"

var (
	// holes are what stands for a value in a template, and tags.
	holes = regexp.MustCompile(`\{\{.*?\}\}|\{[^}]*\}|%(?:\[\d+\])?[-+# 0]*[\d.*]*[a-zA-Z]|<[^>]*>|[⏎⇥|]`)
	// code has no language: what stands in code spans, commands of the program, names of fields in bold, and what an error quotes.
	code = regexp.MustCompile("`[^`]*`|raci-check [a-z-]+[a-z]|\\*\\*[a-z_]+\\*\\*|\"[^\" ]*\"")
	// named is an identifier by its form: a name with signs or digits in it, an option, a place or an address.
	named = regexp.MustCompile(`[_/@=+$<>{}#~\\%\d]|\pL[.:]\pL|[\pL-]…|^[("«]*-`)
	// word is a word, with what is elided before it.
	word   = regexp.MustCompile(`\pL+(?:['’-]\pL+)*`)
	elided = regexp.MustCompile(`^(?i:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)'`)
)

// spaced is a text with one space for all white space.
func spaced(text string) string {
	return strings.Join(strings.FieldsFunc(text, unicode.IsSpace), " ")
}

// rows are four words in a row of a text, in lower case, where nothing but spaces stands between them.
func rows(text string) (all []string) {
	fields := strings.Fields(strings.ToLower(code.ReplaceAllString(text, " ¶ ")))
	for i := 0; i+4 <= len(fields); i++ {
		row := rowOf(fields[i : i+4])
		if !named.MatchString(row) && strings.Count(row, " ") == 3 && !strings.ContainsAny(row, "¶") {
			all = append(all, row)
		}
	}
	return all
}

// rowOf is a row of some words, without the marks around it.
func rowOf(fields []string) string { return strings.Trim(strings.Join(fields, " "), marks) }

// text are all texts in a value of YAML.
func text(value any) (all []string) {
	switch value := value.(type) {
	case string:
		all = append(all, value)
	case []any:
		for _, below := range value {
			all = append(all, text(below)...)
		}
	case map[string]any:
		for name, below := range value {
			all = append(append(all, text(below)...), name)
		}
	}
	return all
}

// object is what a file of YAML has.
func object(t testing.TB, name string) map[string]any {
	t.Helper()
	doc, _, err := document.ReadFile("", name, document.Limits{Bytes: 4 << 20, Nodes: 200_000, Depth: 20, KeysPerMapping: 20_000, ScalarBytes: 20_000, KeyBytes: 2000})
	testhelp.Must(t, err)
	all, _ := doc.Value().(map[string]any)
	return all
}

// root is the folder of the module.
func root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	testhelp.Must(t, err)
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		if folder == filepath.Dir(folder) {
			t.Fatal("the test does not run in the module")
		}
		folder = filepath.Dir(folder)
	}
}
