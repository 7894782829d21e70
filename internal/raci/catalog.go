package raci

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
)

// Catalog is a RACI table as data, with the readings of it.
type Catalog struct {
	ID         string        `yaml:"id"`
	Title      string        `yaml:"title"`
	Provider   string        `yaml:"provider"` // heading of the provider's column
	Readings   []readingData `yaml:"readings"` // the first is the default
	Activities []Activity    `yaml:"activities"`
}

// Activity is one row of the table in a reading.
type Activity struct {
	ID       string  `yaml:"id"`
	Name     string  `yaml:"name"` // snake_case; a duty's policy package has the same
	Title    string  `yaml:"title"`
	Phase    Heading `yaml:"phase"`
	Section  Heading `yaml:"section"`
	Customer Roles   `yaml:"customer"`
	Provider Roles   `yaml:"provider"`
	// NotApplicable says when the activity may be declared not applicable; empty for never.
	NotApplicable string `yaml:"not_applicable"`
	// AskProvider is what to ask the provider for where the activity is inherited.
	AskProvider []string `yaml:"ask_provider"`
	// Disputed says that another reading gives the activity to somebody else, and DisputeNote how.
	Disputed    bool   `yaml:"-"`
	DisputeNote string `yaml:"-"`
	// Differs says the same whichever reading is in force: the readings do not agree on whose the activity is.
	Differs bool `yaml:"-"`
}

// Duty reports whether the customer is accountable for the activity.
func (a Activity) Duty() bool { return a.Customer.Accountable() }

// readingData is a reading as the catalog gives it: the rows in which it differs from the activities.
type readingData struct {
	Name    string `yaml:"name"`
	Title   string `yaml:"title"`
	Source  string `yaml:"source"`
	Date    string `yaml:"date"`
	Dispute string `yaml:"dispute"` // what the default reading says of the rows that differ
	Rows    []struct {
		ID       string `yaml:"id"`
		Customer Roles  `yaml:"customer"`
		Provider Roles  `yaml:"provider"`
	} `yaml:"rows"`
}

// Reading is the table as one reading has it.
type Reading struct {
	Name       string
	Title      string
	Source     string
	Date       string
	Default    bool
	Activities []Activity // all, in the table's order
	// Others are the readings by which activities are disputed; none for a reading that was chosen on purpose.
	Others []*Reading
}

// Duty reports whether an activity is the customer's by the reading.
func (r *Reading) Duty(id string) bool {
	return slices.ContainsFunc(r.Activities, func(a Activity) bool { return a.ID == id && a.Duty() })
}

// UnknownReadingError is a reading that the catalog does not have.
type UnknownReadingError struct {
	Name  string
	Known []string
}

func (e *UnknownReadingError) Error() string {
	return fmt.Sprintf("unknown variant %q of the RACI table, known are %s", e.Name, strings.Join(e.Known, ", "))
}

var snakeCase = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// LoadCatalog reads a catalog and verifies that it is whole.
func LoadCatalog(name string, data []byte) (*Catalog, error) {
	doc, err := document.Parse(name, data, document.DefaultLimits)
	if err != nil {
		return nil, err
	}
	var c Catalog
	if err := doc.Decode(&c); err != nil {
		return nil, err
	}
	v := verifier{document: doc, catalog: &c}
	v.verify()
	return &c, v.errs.Sorted()
}

// verifier finds what is wrong with a catalog.
type verifier struct {
	document *document.Document
	catalog  *Catalog
	errs     document.Errors
}

func (v *verifier) refuse(pointer, format string, args ...any) {
	v.errs = append(v.errs, v.document.Errorf(pointer, format, args...))
}

func (v *verifier) verify() {
	c := v.catalog
	if c.ID == "" || c.Title == "" || c.Provider == "" {
		v.refuse("", "the catalog needs id, title and provider")
	}
	if len(c.Readings) == 0 || len(c.Readings[0].Rows) > 0 {
		v.refuse("/readings", "the first reading is the activities as they stand: it is given, without rows")
	}
	ids := v.activities()
	for i := range c.Readings {
		v.reading(i, ids)
	}
}

// activities verifies the rows of the table, and answers their ids.
func (v *verifier) activities() map[string]bool {
	ids, names := map[string]bool{}, map[string]bool{}
	for i, a := range v.catalog.Activities {
		pointer := fmt.Sprintf("/activities/%d", i)
		if ids[a.ID] || names[a.Name] {
			v.refuse(pointer, "activity %s (%s) is listed twice", a.ID, a.Name)
		}
		ids[a.ID], names[a.Name] = true, true
		if !snakeCase.MatchString(a.Name) || a.Title == "" || a.Phase.Number == "" || a.Section.Number == "" {
			v.refuse(pointer, "activity %s needs a snake_case name, a title, a phase and a section", a.ID)
		}
		for party, roles := range map[string]Roles{"customer": a.Customer, "provider": a.Provider} {
			if _, err := parseRoles(string(roles)); err != nil {
				v.refuse(pointer+"/"+party, "activity %s: %v", a.ID, err)
			}
		}
		if !a.Customer.Accountable() && !a.Provider.Accountable() {
			v.refuse(pointer, "activity %s: nobody is accountable", a.ID)
		}
	}
	return ids
}

// reading verifies one reading of a table with these activities.
func (v *verifier) reading(i int, ids map[string]bool) {
	pointer, r := fmt.Sprintf("/readings/%d", i), v.catalog.Readings[i]
	if r.Name == "" || r.Source == "" || i > 0 && r.Dispute == "" {
		v.refuse(pointer, "reading %d needs a name, a source and, unless it is the first, what is said of the rows that differ", i+1)
	}
	for n, row := range r.Rows {
		if !ids[row.ID] {
			v.refuse(fmt.Sprintf("%s/rows/%d", pointer, n), "reading %s: activity %q is not in the table", r.Name, row.ID)
		}
	}
	reading, err := v.catalog.Reading(r.Name)
	if err != nil {
		v.refuse(pointer, "%v", err)
		return
	}
	for n, a := range reading.Activities {
		if !a.Duty() && len(a.AskProvider) == 0 {
			v.refuse(fmt.Sprintf("/activities/%d", n), "reading %s: activity %s is inherited and does not say what to ask the provider for", r.Name, a.ID)
		}
	}
}

// ReadingNames lists the readings, the default first.
func (c *Catalog) ReadingNames() []string {
	var names []string
	for _, r := range c.Readings {
		names = append(names, r.Name)
	}
	return names
}

// Reading is the table as the named reading has it. In the default reading the rows that another reading gives to
// somebody else are disputed; a reading that was chosen on purpose disputes nothing. No name is the first reading's.
func (c *Catalog) Reading(name string) (*Reading, error) {
	if name == "" {
		name = c.Readings[0].Name
	}
	at := slices.IndexFunc(c.Readings, func(r readingData) bool { return r.Name == name })
	if at < 0 {
		return nil, &UnknownReadingError{name, c.ReadingNames()}
	}
	data := c.Readings[at]
	reading := &Reading{
		Name: data.Name, Title: data.Title, Source: data.Source, Date: data.Date, Default: at == 0,
		Activities: slices.Clone(c.Activities),
	}
	for i := range reading.Activities {
		a := &reading.Activities[i]
		for _, row := range data.Rows {
			if row.ID == a.ID {
				a.Customer, a.Provider = row.Customer, row.Provider
			}
		}
		for _, other := range c.Readings[1:] {
			for _, row := range other.Rows {
				if row.ID != a.ID {
					continue
				}
				a.Differs = true
				if at == 0 {
					a.Disputed, a.DisputeNote = true, other.Dispute
				}
			}
		}
	}
	if at > 0 {
		return reading, nil
	}
	for _, other := range c.Readings[1:] {
		r, err := c.Reading(other.Name)
		if err != nil {
			return nil, err
		}
		reading.Others = append(reading.Others, r)
	}
	return reading, nil
}
