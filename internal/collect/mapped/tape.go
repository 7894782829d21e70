package mapped

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/pseudonym"
	interpret "github.com/raci-check/raci-check/internal/collect/reader"
	reader "github.com/raci-check/raci-check/internal/collect/reader/file"
	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/collect/session"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/mapping"
)

// question is what a session says was read: an entry of fills of a mapping, by its place among all; 0 for the list of them.
type question struct {
	Entry int `json:"entry"`
}

func (q question) String() string { return fmt.Sprintf("entry %d of the mappings", q.Entry) }

// summary lists the entries of a session, and what the mappings fill.
type summary struct {
	Sections []string         `json:"sections"` // of the entries, in their order
	Fills    []string         `json:"fills"`
	Unread   *session.Failure `json:"unread,omitempty"` // why nothing could be read
}

// entry is what an entry of fills was read from: its form, and the parts of the export with pseudonyms.
type entry struct {
	Section string `json:"section"`
	Origin  string `json:"origin"`
	Fill    any    `json:"fill"`
	Matched []any  `json:"matched"`
}

type recorder struct {
	tape     *session.Tape
	form     *evidence.Form
	sections []string
}

// failedSection is the kind of failure of what is read, or a section of it, that could not be read.
const failedSection = "section"

func (r *recorder) keep(section string, answered any, failed *session.Failure) {
	r.sections = append(r.sections, section)
	r.tape.Keep(question{len(r.sections)}, answered, failed)
}

// fault keeps why a section could not be read.
func (r *recorder) fault(section string, err error) {
	if r.tape.Records() {
		failed := r.tape.FailureOf(session.WithoutPath(err))
		failed.Kind = failedSection
		r.keep(section, nil, failed)
	}
}

// facts keeps what facts follow from. It notes why it cannot. What is read is numbered in place of its name.
func (r *recorder) facts(number int, facts mapping.Facts) (notes []string) {
	if !r.tape.Records() {
		return nil
	}
	fill, err := json.Marshal(facts.Fill)
	kept := entry{Section: facts.Section, Origin: fmt.Sprintf("export-%d", number)}
	if err == nil {
		matched, _ := redact.Value(facts.Matched).([]any)
		r.tape.Named(func(names *pseudonym.Set) {
			if kept.Matched, err = mapping.Renamed(fill, matched, r.form, names); err == nil {
				kept.Fill = named(redact.Value(facts.Fill), names)
			}
		})
	}
	if err != nil {
		r.keep(facts.Section, nil, &session.Failure{Kind: failedSection, Message: "it is not in the session: " + mapping.ErrNotRenamed.Error()})
		return []string{fmt.Sprintf("the session does not have what an entry for the section %s reads: %v", facts.Section, err)}
	}
	r.keep(facts.Section, kept, nil)
	return nil
}

// named is an entry of fills with pseudonyms in the texts that it gives for others. Its expressions stay.
func named(fill any, names *pseudonym.Set) any {
	switch v := fill.(type) {
	case map[string]any:
		copied := map[string]any{}
		for name, below := range v {
			values, isMap := below.(map[string]any)
			if name != "map" || !isMap {
				copied[name] = named(below, names)
				continue
			}
			renamed := map[string]any{}
			for text, value := range values {
				if word, isText := value.(string); isText {
					value = names.Message(word)
				}
				renamed[text] = value
			}
			copied[name] = renamed
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i := range v {
			copied[i] = named(v[i], names)
		}
		return copied
	}
	return fill
}

// end keeps the list of the entries, and what the mappings fill.
func (r *recorder) end(fills []string, unread error) {
	if !r.tape.Records() {
		return
	}
	kept := summary{Sections: append([]string{}, r.sections...), Fills: append([]string{}, fills...)}
	if unread != nil {
		kept.Unread = r.tape.FailureOf(session.WithoutPath(unread))
	}
	r.tape.Keep(question{}, kept, nil)
}

// replay is the source of a session.
type replay struct {
	env collect.Env
	summary
}

// Replayed is the source of a session that Facts recorded.
func Replayed(env collect.Env) (collect.Source, error) {
	r := &replay{env: env}
	if err := env.Tape.Answer(context.Background(), question{}, &r.summary); err != nil {
		return nil, err
	}
	for _, named := range slices.Concat(r.Sections, r.summary.Fills) {
		section, _, _ := strings.Cut(strings.TrimPrefix(named, "/"), "/")
		if !slices.Contains(env.Form.Sections(), section) {
			return nil, fmt.Errorf("the session names the section %.40q, which evidence does not have: it was edited, or another version recorded it; record it again", section)
		}
	}
	return r, nil
}

func (r *replay) Fills() []string { return r.summary.Fills }

// Collect reads what the session has by the reader of kept answers.
func (r *replay) Collect(ctx context.Context, request collect.Request) (collect.Result, error) {
	result := collect.Result{Failed: map[string]error{}}
	if r.Unread != nil {
		return result, r.Unread
	}
	answers := map[string][]collect.Answer{}
	var sections []string
	for i, section := range r.Sections {
		var kept entry
		if err := r.env.Tape.Answer(ctx, question{i + 1}, &kept); err != nil {
			result.Failed[section] = err
			continue
		}
		if kept.Section != section {
			return result, fmt.Errorf("the session's entry %d is of the section %.40q, expected is %.40q", i+1, kept.Section, section)
		}
		if answers[section] == nil {
			sections = append(sections, section)
		}
		answers[section] = append(answers[section], collect.Answer{Origin: kept.Origin, Fill: kept.Fill, Body: kept.Matched})
	}
	slices.Sort(sections)
	for _, section := range sections {
		if result.Failed[section] != nil {
			continue
		}
		part, err := reader.Reader.Read(interpret.Request{Section: section, Service: request.ServiceID, At: request.At, Form: r.env.Form, Answers: answers[section]})
		if err != nil {
			result.Failed[section] = err
			continue
		}
		result.Parts = append(result.Parts, part)
	}
	return result, nil
}
