// Package describe says in text what a ruleset holds: the RACI table, its checks, and the thresholds that they use.
package describe

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/suggest"
	"github.com/raci-check/raci-check/internal/translate"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Explainer explains activities, checks and parameters of a ruleset.
type Explainer struct {
	Language   *translate.Translator // nil for English
	reading    *raci.Reading
	policies   *policy.Set
	parameters *parameter.Set
	compared   []parameter.Compared // the same parameters, as each profile gives them
	form       *evidence.Form
	rests      func(check policy.Check) []string // names of the parameters that its verdict rests on
}

// Open makes an explainer of a reading of the table and of profiles.
func Open(rules ruleset.Ruleset, reading string, profiles []string) (*Explainer, error) {
	e := &Explainer{}
	var err error
	if e.reading, err = rules.Reading(reading); err != nil {
		return nil, err
	}
	if e.policies, err = rules.Compiled(); err != nil {
		return nil, err
	}
	if e.parameters, err = rules.Parameters(profiles...); err != nil {
		return nil, err
	}
	if e.compared, err = rules.Profiles().Compare(profiles...); err != nil {
		return nil, err
	}
	format, err := rules.Format()
	if err != nil {
		return nil, err
	}
	plan, err := rules.Consistency()
	if err != nil {
		return nil, err
	}
	e.rests = func(check policy.Check) []string { return engine.Thresholds(check, format.Freshness, plan) }
	e.form, err = format.Describe()
	return e, err
}

// Explain says what an id or a field means; of other words, it lists where they occur.
func (e *Explainer) Explain(id string) (string, error) {
	for _, activity := range e.reading.Activities {
		if activity.ID == id || activity.Name == id {
			return e.activity(activity), nil
		}
	}
	for _, check := range e.policies.Checks() {
		if check.ID == id {
			return e.check(check), nil
		}
	}
	if p, ok := e.parameters.Find(id); ok {
		return e.parameter(p), nil
	}
	if field, ok := e.form.Field(id); ok {
		return e.field(field), nil
	}
	if text := e.search(id); text != "" {
		return text, nil
	}
	var names []string
	for _, topic := range e.Topics() {
		names = append(names, topic.ID)
	}
	message := suggest.Unknown("id", id, names)
	if near := lastParts(id, names); suggest.Nearest(id, names) == "" && len(near) > 0 {
		return "", fmt.Errorf("%s, did you mean %s?", message, strings.Join(near, " or "))
	}
	if suggest.Nearest(id, names) == "" {
		message += "; nothing has these words in its name or description; raci-check explain lists the activities and the sections"
	}
	return "", errors.New(message)
}

// mostMeant is how many ids an error proposes for a name that is the last part of several.
const mostMeant = 3

// lastParts are the first ids whose last part is nearest to a name that has only one, such as imports_protected.
func lastParts(name string, ids []string) (near []string) {
	if strings.ContainsAny(name, "./") {
		return nil
	}
	var parts []string
	whole := map[string][]string{}
	for _, id := range ids {
		part := id[strings.LastIndexAny(id, "./")+1:]
		if part == id {
			continue
		}
		if whole[part] == nil {
			parts = append(parts, part)
		}
		whole[part] = append(whole[part], fmt.Sprintf("%q", id))
	}
	if part := suggest.Nearest(name, parts); part != "" {
		near = whole[part][:min(len(whole[part]), mostMeant)]
	}
	return near
}

// Topic is what Explain explains: its id, a line about it, and whether it is a field of a section.
type Topic struct {
	ID, About string
	Field     bool
}

// Topics are all ids that can be explained, each once.
func (e *Explainer) Topics() []Topic {
	var topics []Topic
	seen := map[string]bool{}
	add := func(id, about string, field bool) {
		if !seen[id] {
			seen[id] = true
			topics = append(topics, Topic{id, about, field})
		}
	}
	for _, activity := range e.reading.Activities {
		add(activity.ID, activity.Title, false)
		add(activity.Name, activity.Title, false)
	}
	for _, check := range e.policies.Checks() {
		add(check.ID, check.Title, false)
	}
	for _, p := range e.parameters.All() {
		add(p.Name, p.Description, false)
	}
	for _, name := range e.form.Sections() {
		add(name, e.form.Properties.Forms[name].Description, false)
	}
	for _, field := range e.form.Fields() {
		add(field.Name(), field.Form.Description, true)
	}
	return topics
}

// text is a text of the rules in the language.
func (e *Explainer) text(english string) string { return e.Language.Text(english) }

func (e *Explainer) words() wording.Phrases { return wording.In(e.Language.Words()) }

// say writes a sentence in the language.
func (e *Explainer) say(out *strings.Builder, format string, args ...any) {
	out.WriteString(e.words().Say(format, args...))
}

func (e *Explainer) activity(a raci.Activity) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s  %s\n%s\n\n", a.ID, a.Name, e.text(a.Title))
	e.say(&out, "phase     %s\nsection   %s\ncustomer  %s\nprovider  %s\n", e.text(a.Phase.String()), e.text(a.Section.String()), role(a.Customer), role(a.Provider))
	if a.Disputed {
		e.say(&out, "disputed  %s\n", e.text(a.DisputeNote))
	}
	if _, section := e.form.Field(a.Name); section {
		e.say(&out, "evidence  the section of this name: raci-check explain /%s\n", a.Name)
	}
	if !a.Duty() {
		e.say(&out, "\nThis is the provider's activity: it is inherited and not assessed. Ask the provider for:\n")
		for _, ask := range a.AskProvider {
			fmt.Fprintf(&out, "  - %s\n", e.text(ask))
		}
		return out.String()
	}
	if a.NotApplicable != "" {
		e.say(&out, "\nIt can be declared not applicable if %s\n", e.text(a.NotApplicable))
	}
	for _, duty := range e.policies.Duties {
		if duty.ID != a.ID {
			continue
		}
		e.say(&out, "\n%s\n\nchecks:\n", e.text(duty.Description))
		for _, check := range duty.Checks {
			fmt.Fprintf(&out, "  %-9s %s\n            %s\n", e.words().Text(string(check.Severity)), check.ID, e.text(check.Title))
		}
	}
	return out.String()
}

func (e *Explainer) check(c policy.Check) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s  (%s)\n%s\n\n%s\n\n", c.ID, e.words().Text(string(c.Severity)), e.text(c.Title), e.text(c.Description))
	e.say(&out, "duty      %s %s\nsource    %s\n", c.DutyID, c.DutyName, c.Source)
	for _, framework := range slices.Sorted(maps.Keys(c.Controls)) {
		e.say(&out, "maps to   %s: %s\n", policy.Frameworks[framework], strings.Join(c.Controls[framework], ", "))
	}
	if c.Declared {
		e.say(&out, "note      decided by a declared value, which the artifact must show\n")
	}
	if len(c.Params) > 0 {
		e.say(&out, "\nthresholds:\n")
		for _, name := range c.Params {
			if p, ok := e.parameters.Find(name); ok {
				e.say(&out, "  %s = %s\n      %s\n      source: %s\n%s", p.Name, e.words().Quantity(p.Value, p.Unit), e.text(p.Description), p.Source, e.sideBySide(p.Name, "      "))
			}
		}
	}
	e.say(&out, "\nit rests on these parameters, and counts for no framework where a value is looser than the profile's:\n  %s\n", strings.Join(e.rests(c), ", "))
	e.say(&out, "\nit fails with:\n")
	for _, condition := range c.Conditions {
		fmt.Fprintf(&out, "  %s\n      %s\n", condition.Name, e.Language.Condition(c.ID, condition.Name, condition.Outline()))
	}
	e.say(&out, "\nfix: %s\n\nevidence it needs: %s\n\nfor example:\n", e.text(c.Remediation), strings.Join(c.Evidence, ", "))
	for _, pointer := range c.Evidence {
		out.WriteString(e.example(pointer))
	}
	return out.String()
}

// example is a field as YAML, with what each of its fields means.
func (e *Explainer) example(pointer string) string {
	layout := evidence.Layout{}
	if e.Language != nil {
		layout = evidence.Layout{Words: e.Language.Words(), Field: e.Language.Field}
	}
	var out strings.Builder
	for line := range strings.Lines(e.form.Fragment(pointer, layout)) {
		fmt.Fprintf(&out, "    %s", line)
	}
	return out.String()
}

func (e *Explainer) parameter(p parameter.Parameter) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s = %s\n%s\n\n", p.Name, e.words().Quantity(p.Value, p.Unit), e.text(p.Description))
	e.say(&out, "stricter  %s\nsource    %s\nset by    %s\n", e.words().Text(string(p.Stricter)), p.Source, p.SetBy)
	var users []string
	for _, check := range e.policies.Checks() {
		if names := e.rests(check); slices.Contains(names, p.Name) || slices.Contains(names, policy.AnyParameter) {
			users = append(users, check.ID)
		}
	}
	if len(users) > 1 && len(users) == len(e.policies.Checks()) {
		users = []string{e.words().Say("all %d checks", len(users))}
	}
	if len(users) > 0 {
		e.say(&out, "used by   %s\n", strings.Join(users, ", "))
		e.say(&out, "looser    with a value that is looser than the profile's, these checks count for no framework\n")
	}
	if p.Stricter == parameter.Unknown {
		e.say(&out, "          nobody can say which value is stricter: any other than the profile's counts as looser\n")
	}
	if table := e.sideBySide(p.Name, "  "); table != "" {
		fmt.Fprintf(&out, "\n%s", table)
	}
	return out.String()
}

// Profiles compares profiles with the baseline: first what they change.
func (e *Explainer) Profiles() string {
	var changed, same strings.Builder
	changes := 0
	for _, p := range e.compared {
		if !p.Changed() {
			fmt.Fprintf(&same, "  %s = %s\n", p.Name, e.words().Quantity(p.Value, p.Unit))
			continue
		}
		changes++
		fmt.Fprintf(&changed, "\n%s = %s\n    %s\n%s", p.Name, e.words().Quantity(p.Value, p.Unit), e.text(p.Description), e.sideBySide(p.Name, "  "))
	}
	if changes == 0 {
		return e.words().Say("%s: the %d parameters\n\n%s", e.parameters.Profile(), len(e.compared), same.String())
	}
	return e.words().Say("%s: %d of %d parameters differ from the baseline (* is in force)\n%s\nas in the baseline:\n%s",
		e.parameters.Profile(), changes, len(e.compared), changed.String(), same.String())
}

// sideBySide is a parameter as each profile gives it; empty where only the baseline was asked for.
func (e *Explainer) sideBySide(name, indent string) string {
	i := slices.IndexFunc(e.compared, func(p parameter.Compared) bool { return p.Name == name })
	if i < 0 || len(e.compared[i].Each) == 1 {
		return ""
	}
	var text strings.Builder
	out := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, p := range e.compared[i].Each {
		mark := " "
		if p.InForce {
			mark = "*"
		}
		source := p.Source
		if p.Profile != parameter.Baseline && p.SetBy == parameter.Baseline {
			source = e.words().Text("as in the baseline")
		}
		if p.LooserBecause != "" {
			source += e.words().Say("; looser than the baseline: %s", p.LooserBecause)
		}
		fmt.Fprintf(out, "%s%s %s\t%s\t%s\n", indent, mark, p.Profile, verdict.ValueText(p.Value), source)
	}
	_ = out.Flush() // a builder takes everything
	return text.String()
}
