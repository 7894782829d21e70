package oscal

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"raci-check/internal/assessment"
	"raci-check/internal/inert"
)

// What of the OSCAL 1.1.3 models is written. Field names are those of the models; see the schema for what each is.

const version = "1.1.3"

// Namespace of the properties that OSCAL itself does not have: who is responsible, and what a verdict was made from.
const Namespace = "https://raci-check.example/ns/oscal"

type metadata struct {
	Title        string `json:"title"`
	LastModified string `json:"last-modified"`
	Version      string `json:"version"`
	OSCAL        string `json:"oscal-version"`
	Props        []prop `json:"props,omitempty"`
}

type prop struct {
	Name    string `json:"name"`
	NS      string `json:"ns,omitempty"`
	Value   string `json:"value"`
	Class   string `json:"class,omitempty"`
	Remarks string `json:"remarks,omitempty"`
}

type link struct {
	Href string `json:"href"`
	Rel  string `json:"rel,omitempty"`
	Text string `json:"text,omitempty"`
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
func text(s string) string { return cmp.Or(strings.TrimSpace(inert.Text(s)), "-") }

func own(name, value string) prop { return prop{Name: token(name), NS: Namespace, Value: text(value)} }

// href is the name of a file as a reference.
func href(file string) string {
	file = text(file)
	if path.IsAbs(file) {
		return (&url.URL{Scheme: "file", Path: file}).String()
	}
	return (&url.URL{Path: file}).String()
}

// instant is an instant as OSCAL takes it; the other where there is none.
func instant(s, other string) string {
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return at.UTC().Format(time.RFC3339Nano)
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return day.Format(time.RFC3339)
	}
	return other
}

func write(w io.Writer, kind string, document any) error {
	return inert.WriteJSON(w, map[string]any{kind: document})
}
