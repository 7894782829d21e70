package oscal

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// What of the OSCAL models is written. Field names are those of the models; see the schema for what each is. All of it but the
// mapping has the same form in every version here.

// Versions are the versions of OSCAL that documents are written in, the default first.
var Versions = []string{"1.2.1", "1.1.3"}

// Namespace of the properties that OSCAL itself does not have: who is responsible, and what a verdict was made from.
const Namespace = "https://raci-check.example/ns/oscal"

type metadata struct {
	Title        string       `json:"title"`
	LastModified string       `json:"last-modified"`
	Version      string       `json:"version"`
	OSCAL        string       `json:"oscal-version"`
	Documents    []documentID `json:"document-ids,omitempty"`
	Props        []prop       `json:"props,omitempty"`
	Roles        []role       `json:"roles,omitempty"`
	Parties      []party      `json:"parties,omitempty"`
}

type role struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type party struct {
	UUID string `json:"uuid"`
	Type string `json:"type"`
	Name string `json:"name"`
}

type prop struct {
	Name    string `json:"name"`
	NS      string `json:"ns,omitempty"`
	Value   string `json:"value"`
	Class   string `json:"class,omitempty"`
	Remarks string `json:"remarks,omitempty"`
}

type link struct {
	Href     string `json:"href"`
	Rel      string `json:"rel,omitempty"`
	Fragment string `json:"resource-fragment,omitempty"` // of the document that the resource at Href names
	Text     string `json:"text,omitempty"`
}

type part struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	Props []prop `json:"props,omitempty"`
	Prose string `json:"prose,omitempty"`
	Parts []part `json:"parts,omitempty"`
}

type backMatter struct {
	Resources []resource `json:"resources"`
}

type resource struct {
	UUID        string       `json:"uuid"`
	Title       string       `json:"title"`
	Description string       `json:"description,omitempty"`
	Documents   []documentID `json:"document-ids,omitempty"`
	Links       []remote     `json:"rlinks,omitempty"`
}

type documentID struct {
	Identifier string `json:"identifier"`
}

type remote struct {
	Href   string `json:"href"`
	Hashes []hash `json:"hashes,omitempty"`
}

type hash struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"value"`
}

type reference struct {
	Href    string `json:"href"`
	Remarks string `json:"remarks,omitempty"`
}

type reviewed struct {
	Links      []link      `json:"links,omitempty"`
	Selections []selection `json:"control-selections"`
}

type selection struct {
	Description string     `json:"description"`
	Props       []prop     `json:"props,omitempty"`
	Include     []selected `json:"include-controls,omitempty"`
}

type selected struct {
	Control    string   `json:"control-id"`
	Statements []string `json:"statement-ids,omitempty"`
}

// namespace of the ids: the same content has the same id in every document.
var namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte(Namespace))

func id(parts ...string) string {
	return uuid.NewSHA1(namespace, fmt.Appendf(nil, "%q", parts)).String()
}

func controlID(activity assessment.Activity) string { return token("raci-" + activity.ID) }

func statementID(activity assessment.Activity, check string) string {
	return token(controlID(activity) + "_smt." + check)
}

// token is a name as OSCAL takes it, an NCName.
func token(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case unicode.IsLetter(r) || r == '_', i > 0 && (unicode.IsNumber(r) || r == '.' || r == '-'):
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
	}
	return cmp.Or(b.String(), "_")
}

// text is one line of harmless text, never empty and without space around it, as OSCAL takes strings.
func text(s string) string { return cmp.Or(strings.TrimSpace(sanitize.Text(s)), "-") }

func own(name, value string) prop { return prop{Name: token(name), NS: Namespace, Value: text(value)} }

// href is the name of a file as a reference. Percent signs make it harmless and keep it exact, so that it leads to the file.
func href(file string) string {
	if path.IsAbs(file) {
		return (&url.URL{Scheme: "file", Path: file}).String()
	}
	return (&url.URL{Path: cmp.Or(file, "-")}).String()
}

// ErrInstant is a time that OSCAL has no form for.
var ErrInstant = errors.New("expected a time in RFC 3339, of the years 2000 to 2999")

// timeOr is a time as OSCAL takes it; the other where there is none. OSCAL's pattern ends with the year 2999, and
// takes no leap day before 2000: evidence that names another year must not spoil the document.
func timeOr(s, other string) string {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		at, err = time.Parse(time.DateOnly, s)
	}
	at = at.UTC()
	if err != nil || at.Year() < 2000 || at.Year() > 2999 {
		return other
	}
	return at.Format(time.RFC3339)
}

// needed is a time without which there is no document.
func needed(s string) (string, error) {
	at := timeOr(s, "")
	if at == "" {
		return "", fmt.Errorf("write OSCAL: %q: %w", sanitize.Text(s), ErrInstant)
	}
	return at, nil
}

func write(w io.Writer, kind string, document any) error {
	return sanitize.WriteJSON(w, map[string]any{kind: document})
}
