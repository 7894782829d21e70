package consistency

import (
	"slices"
	"strings"
	"unicode"

	"github.com/raci-check/raci-check/internal/spelling"
)

// Words that do not tell two persons apart: forms of address and titles, and what is written behind a name for a second account of
// the same person.
var nameless = map[string]bool{
	"mr": true, "mrs": true, "ms": true, "mme": true, "mlle": true, "herr": true, "frau": true, "dr": true, "prof": true, "ing": true,
	"admin": true, "adm": true, "administrator": true, "administrateur": true, "account": true, "compte": true, "konto": true,
	"privileged": true, "root": true, "ext": true, "external": true, "externe": true, "extern": true,
}

// legalForms are words behind the name of a company that its short name lacks.
var legalForms = map[string]bool{
	"sa": true, "sas": true, "sasu": true, "sarl": true, "eurl": true, "se": true, "gmbh": true, "ag": true, "kg": true, "mbh": true, "ltd": true,
	"limited": true, "llc": true, "inc": true, "plc": true, "corp": true, "co": true, "srl": true, "spa": true, "bv": true, "nv": true, "ab": true,
	"oy": true, "aps": true, "sl": true, "sp": true, "zoo": true,
}

// namesakes know the entries of the directory by full name: nobody becomes two persons by a second entry. Where two persons of one
// employer, or at one mail domain, do have one name, the directory says what tells them apart.
type namesakes struct {
	spelled map[string][]*namesake // by the words of the name, without initials between them; and by the name in one word
	whole   map[string][]*namesake // by one word of the name and the first letters of the others
	short   map[string][]*namesake // of names with initials, by their longest word and the first letters of the others
}

// namesake is an entry of the directory.
type namesake struct {
	id       string
	employer string
	hosts    []string
	words    []string
	joined   string // the name in one word
}

func newNamesakes() *namesakes {
	return &namesakes{map[string][]*namesake{}, map[string][]*namesake{}, map[string][]*namesake{}}
}

// id is that of the first entry that is of the same person as this one.
func (n *namesakes) id(fields map[string]any, id string) string {
	name, _ := fields["name"].(string)
	employer, _ := fields["employer"].(string)
	entry := &namesake{id: id, employer: company(employer), hosts: hostsOf(fields["addresses"])}
	spellings := spelling.Names(name)
	for _, spelled := range spellings {
		if entry.words, entry.joined = nameWords(spelled), joinedName(spelled); len(entry.words) == 0 {
			return id
		}
		for _, other := range n.like(entry) {
			if entry.same(other) {
				return other.id
			}
		}
	}
	for _, spelled := range spellings {
		spelledSo := *entry
		spelledSo.words, spelledSo.joined = nameWords(spelled), joinedName(spelled)
		n.add(&spelledSo)
	}
	return id
}

// like are the entries that may have the same name.
func (n *namesakes) like(entry *namesake) []*namesake {
	all := slices.Clone(n.spelled[strings.Join(entry.whole(), " ")])
	all = append(all, n.spelled[entry.joined]...)
	if entry.abbreviated() {
		key := entry.key(entry.longest())
		return append(append(all, n.whole[key]...), n.short[key]...)
	}
	if len(n.short) > 0 {
		for _, word := range entry.words {
			all = append(all, n.short[entry.key(word)]...)
		}
	}
	return all
}

func (n *namesakes) add(entry *namesake) {
	spelled := strings.Join(entry.whole(), " ")
	n.spelled[spelled] = append(n.spelled[spelled], entry)
	if entry.joined != spelled {
		n.spelled[entry.joined] = append(n.spelled[entry.joined], entry)
	}
	if entry.abbreviated() {
		key := entry.key(entry.longest())
		n.short[key] = append(n.short[key], entry)
		return
	}
	for _, word := range entry.words {
		key := entry.key(word)
		n.whole[key] = append(n.whole[key], entry)
	}
}

// same reports whether two entries with such names are of one person: of one employer, or with a mailbox of one organisation.
func (e *namesake) same(other *namesake) bool {
	if e.joined != other.joined && !sameWords(e.words, other.words) && !(e.middle() != other.middle() && slices.Equal(e.whole(), other.whole())) {
		return false
	}
	return e.employer == other.employer || e.employer == "" || other.employer == "" ||
		slices.ContainsFunc(e.hosts, func(host string) bool { return slices.Contains(other.hosts, host) })
}

// abbreviated reports whether a name has initials, beside a word that is none.
func (e *namesake) abbreviated() bool {
	return len(e.words) > 1 && len(e.longest()) > 1 && slices.ContainsFunc(e.words, isInitial)
}

// whole are the words of a name without the initials between them. Of a name with a single word beside them they are part.
func (e *namesake) whole() []string {
	words := slices.DeleteFunc(slices.Clone(e.words), isInitial)
	if len(words) < 2 {
		return e.words
	}
	return words
}

// middle reports whether a name has initials that another spelling of it may lack.
func (e *namesake) middle() bool { return len(e.whole()) < len(e.words) }

func (e *namesake) longest() string {
	return slices.MaxFunc(e.words, func(a, b string) int { return len(a) - len(b) })
}

// key is a word of the name and the first letters of the others, in order.
func (e *namesake) key(word string) string {
	var first []string
	skipped := false
	for _, other := range e.words {
		if other == word && !skipped {
			skipped = true
			continue
		}
		first = append(first, string([]rune(other)[:1]))
	}
	slices.Sort(first)
	return word + " " + strings.Join(first, "")
}

// sameWords reports whether two names have the same words, of which some may be initials.
func sameWords(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	left := slices.Clone(b)
	take := func(fits func(string) bool) bool {
		at := slices.IndexFunc(left, fits)
		if at >= 0 {
			left = slices.Delete(left, at, at+1)
		}
		return at >= 0
	}
	var rest []string
	for _, word := range a {
		if !take(func(other string) bool { return other == word }) {
			rest = append(rest, word)
		}
	}
	for _, word := range rest {
		if !take(func(other string) bool {
			return isInitial(word) && strings.HasPrefix(other, word) || isInitial(other) && strings.HasPrefix(word, other)
		}) {
			return false
		}
	}
	return true
}

// isInitial reports whether a word is a letter. A digit is none: it tells two persons apart.
func isInitial(word string) bool { return len(word) == 1 && unicode.IsLetter(rune(word[0])) }

var apostrophes = strings.NewReplacer("'", "", "’", "")

// nameWords are the words of a name in their order in the alphabet, without those that tell nobody apart.
func nameWords(name string) []string {
	name = apostrophes.Replace(name)
	all := strings.FieldsFunc(name, notInWord)
	words := slices.DeleteFunc(slices.Clone(all), func(word string) bool { return nameless[word] })
	if len(words) < 2 {
		words = all // a word that is no title after all
	}
	slices.Sort(words)
	return words
}

// joinedName is a name in one word: it may be written with a space, with a hyphen or with neither.
func joinedName(name string) string {
	return strings.Join(strings.FieldsFunc(name, notInWord), "")
}

// notInWord reports whether a character stands between words.
func notInWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// company is the one spelling of an organisation: without its legal form.
func company(name string) string {
	spelled := strings.ReplaceAll(spelling.Names(name)[0], ".", "")
	all := strings.FieldsFunc(spelled, notInWord)
	for len(all) > 1 && legalForms[all[len(all)-1]] {
		all = all[:len(all)-1]
	}
	return strings.Join(all, " ")
}

// hostsOf are the hosts of mail addresses.
func hostsOf(addresses any) []string {
	items, _ := addresses.([]any)
	var hosts []string
	for _, item := range items {
		text, _ := item.(string)
		if _, host, isAddress := strings.Cut(spelling.Fold(text), "@"); isAddress && host != "" {
			hosts = append(hosts, host)
		}
	}
	return hosts
}
