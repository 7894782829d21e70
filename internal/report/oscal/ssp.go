package oscal

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/verdict"
)

// SSP writes the system security plan of the customer: the services are its components. What the provider does is inherited from the
// provider's plan; a responsibility is satisfied where every check of the activity passes, and nowhere else.
func SSP(w io.Writer, a *assessment.Assessment, version string) error {
	at, err := needed(a.At)
	if err != nil {
		return err
	}
	if len(a.Services) == 0 {
		return fmt.Errorf("write OSCAL: %w", ErrNobody)
	}
	s := system{a: a, uuid: id("security plan", a.Digest), made: map[string]bool{}, resultsLink: "#" + resultsResource(a).UUID}
	for i := range a.Services {
		s.services = append(s.services, indexOf(a, i))
	}
	name := cmp.Or(a.Services[0].Service.Name, a.Services[0].Service.ID)
	if n := len(domains(a)); n > 1 {
		name = fmt.Sprintf("%d services", n)
	}
	table := catalogResource(a.Catalog)
	p := securityPlan{
		UUID: s.uuid,
		Metadata: metadata{
			Title: text("System security plan: " + name), LastModified: at, Version: text(a.Tool.Version), OSCAL: version,
			Documents: []documentID{{Identifier: systemDocument(a)}}, Props: append(rules(a), own("assessment-digest", a.Digest)),
			Roles: partyRoles, Parties: []party{providerParty(a.Catalog)},
		},
		ImportProfile: reference{Href: "#" + table.UUID, Remarks: "All activities of the table."},
		Characteristics: characteristics{
			Name: text(name), Description: text("What the customer does for " + a.Catalog.Title + ", as the assessment found it, and what it inherits from " + a.Catalog.Provider + "."),
			Information: unstated("The evidence"), Status: stateOf{"other", "The evidence does not say."},
			Boundary: described{"The services that the evidence names, with the customer's activities around them."},
		},
		Implementation: s.implementation(at),
		Controls:       implementedControls{Description: "Made of the verdicts of the assessment. What is inherited is not assessed."},
		BackMatter:     &backMatter{[]resource{table, providerResource(a.Catalog), resultsResource(a)}},
	}
	for _, service := range domains(a) {
		p.Characteristics.IDs = append(p.Characteristics.IDs, systemID{Namespace, text(service.ID)})
	}
	for _, activity := range rows(a) {
		p.Controls.Requirements = append(p.Controls.Requirements, s.requirement(activity))
	}
	return write(w, "system-security-plan", p)
}

// system makes the plan of a system.
type system struct {
	a           *assessment.Assessment
	uuid        string
	resultsLink string
	services    []index
	made        map[string]bool // ids: a forged report may name two things alike
}

// index has what the result of a service says, by control and by statement.
type index struct {
	component  string
	seed       string
	activities map[string]assessment.Activity
	checks     map[string]judged
	refs       map[string]string // findings and observations of the results
}

// judged is a check with the activity that it is of.
type judged struct {
	assessment.Check
	activity assessment.Activity
}

func indexOf(a *assessment.Assessment, i int) index {
	b := newBuilder(a, i, &files{back: &backMatter{}, listed: map[string]bool{}})
	b.result(a, "")
	x := index{
		component: domainID(b.service.Service), seed: b.seed, refs: b.refs,
		activities: map[string]assessment.Activity{}, checks: map[string]judged{},
	}
	for _, activity := range b.service.Activities {
		if _, ok := x.activities[activity.ID]; !ok {
			x.activities[activity.ID] = activity
		}
		if activity.Status == verdict.Inherited || activity.Status == verdict.NotSelected {
			continue
		}
		for _, check := range activity.Checks {
			if _, ok := x.checks[statementID(activity, check.ID)]; !ok {
				x.checks[statementID(activity, check.ID)] = judged{check, activity}
			}
		}
	}
	return x
}

// first reports whether an id is not in the document yet.
func (s *system) first(uuid string) bool {
	before := s.made[uuid]
	s.made[uuid] = true
	return !before
}

// implementation is the system, the provider's system that it leverages, and the services.
func (s *system) implementation(at string) systemImplementation {
	c := s.a.Catalog
	authorization, unknown := id(s.uuid, "leveraged"), stateOf{"other", "The evidence does not say."}
	source := []link{{Href: "#" + providerResource(c).UUID, Rel: "system-security-plan", Text: "what the provider does and leaves to the customer"}}
	all := systemImplementation{
		Leveraged: []leveraged{{
			UUID: authorization, Title: text(c.Title), Links: source, Party: providerParty(c).UUID, Date: at[:len(time.DateOnly)],
			Remarks: "OSCAL asks for a date of authorization. raci-check knows none: this is the day that the assessment is for.",
		}},
		Users: customers(s.uuid),
		Components: []systemComponent{
			{UUID: id(s.uuid, "this system"), Type: "this-system", Title: "This system", Description: "The services below, and what the customer does around them.", Status: unknown},
			{
				UUID: s.providerSystem(), Type: "system", Title: text(c.Provider), Description: text("What " + c.Provider + " does for " + c.Title + "."), Links: source, Status: unknown,
				Props: []prop{
					{Name: "implementation-point", Value: "external"}, {Name: "leveraged-authorization-uuid", Value: authorization},
					{Name: "inherited-uuid", Value: providerComponentID(c)},
				},
			},
		},
	}
	listed := map[string]bool{}
	for _, judged := range s.a.Services {
		service := judged.Service
		if listed[service.ID] {
			continue
		}
		listed[service.ID] = true
		props := []prop{{Name: "implementation-point", Value: "internal"}, own("service-id", service.ID), own("region", service.Region), own("verdict", string(judged.Result))}
		if judged.Dispute != nil {
			props = append(props, verdicts(judged, s.a)...)
		}
		all.Components = append(all.Components, systemComponent{
			UUID: domainID(service), Type: "service", Title: text(cmp.Or(service.Name, service.ID)), Description: text("Service " + service.ID + "."),
			Status: unknown, Props: props,
		})
	}
	return all
}

func (s *system) providerSystem() string { return id(s.uuid, "provider") }

func (s *system) requirement(activity assessment.Activity) requirement {
	r := requirement{UUID: id(s.uuid, "requirement", activity.ID), Control: controlID(activity), Props: responsibility(activity)}
	if acts(activity.Provider) {
		r.Components = append(r.Components, s.inherits(activity))
	}
	for _, service := range s.services {
		judged, ok := service.activities[activity.ID]
		switch uuid := implementationID(service.seed, controlID(activity)); {
		case !ok || judged.Status == verdict.Inherited:
		case judged.Status == verdict.NotSelected:
			r.Remarks = "Not assessed for every service: a partial run left the activity out."
		case s.first(uuid):
			r.Components = append(r.Components, s.does(service, judged, uuid))
		}
	}
	for _, check := range activity.Checks {
		if made := s.statement(activity, check); made != nil {
			r.Statements = append(r.Statements, *made)
		}
	}
	return r
}

// inherits is what the provider does, with what each result has to say of it.
func (s *system) inherits(activity assessment.Activity) component {
	c := s.a.Catalog
	made := component{
		Component: s.providerSystem(), UUID: id(s.uuid, "inherits", activity.ID),
		Description: text(partOf(c.Provider, activity.Provider) + ": inherited, not assessed."),
		Inherited: []inherited{{
			UUID: id(s.uuid, "inherited", activity.ID), Provided: providedID(c, activity), Description: text(activity.Title), Roles: providerRoles(c),
		}},
	}
	for _, service := range s.services {
		if observation := service.refs["inherited "+activity.ID]; observation != "" {
			made.Links = append(made.Links, s.link("assessment-observation", observation))
		}
	}
	return made
}

// does is what the customer does for an activity in one service.
func (s *system) does(service index, activity assessment.Activity, uuid string) component {
	pass, counted := 0, 0
	for _, check := range activity.Checks {
		switch check.Status {
		case verdict.Pass:
			pass++
			counted++
		case verdict.NotApplicable:
		default:
			counted++
		}
	}
	made := component{
		Component: service.component, UUID: uuid, Description: text(fmt.Sprintf("%d of %d checks pass.", pass, counted)),
		Props: []prop{own("verdict", string(activity.Status))}, Status: implemented(activity.Status, activity.Reason),
	}
	switch {
	case activity.Status == verdict.Pass && acts(activity.Customer):
		made.Satisfied = []satisfied{{
			UUID: id(uuid, "satisfied"), Responsibility: responsibilityID(s.a.Catalog, activity), Roles: customerRoles,
			Description: text(fmt.Sprintf("Every check that applies passes: %d.", counted)),
		}}
	case pass > 0 && activity.Status != verdict.NotApplicable:
		made.Status.State = "partial"
	}
	if declared := service.refs["declared "+activity.ID]; declared != "" {
		made.Links = append(made.Links, s.link("assessment-observation", declared))
	}
	return made
}

// statement is what each service does for a check; nil where none is asked.
func (s *system) statement(activity assessment.Activity, check assessment.Check) *statement {
	name := statementID(activity, check.ID)
	made := statement{ID: name, UUID: id(s.uuid, "statement", name)}
	if !s.first(made.UUID) {
		return nil
	}
	for _, service := range s.services {
		check, ok := service.checks[name]
		uuid := implementationID(service.seed, name)
		if !ok || !s.first(uuid) {
			continue
		}
		does := component{
			Component: service.component, UUID: uuid, Description: text(check.Title), Status: implemented(check.Status, cmp.Or(check.Reason, check.activity.Reason)),
			Props: []prop{own("check", check.ID), own("verdict", string(check.Status)), own("severity", string(check.Severity))},
		}
		if finding := service.refs[name]; finding != "" {
			does.Links = []link{s.link("assessment-finding", finding)}
		}
		made.Components = append(made.Components, does)
	}
	if len(made.Components) == 0 {
		return nil
	}
	return &made
}

// link leads to an object of the results.
func (s *system) link(rel, uuid string) link {
	return link{Href: s.resultsLink, Rel: rel, Fragment: uuid}
}

// implemented is a verdict as the status of an implementation. OSCAL has no word for what is not implemented and not planned, and
// allows others.
func implemented(status verdict.Status, reason string) *stateOf {
	switch status {
	case verdict.Pass:
		return &stateOf{State: "implemented"}
	case verdict.NotApplicable:
		return &stateOf{State: "not-applicable", Remarks: text(reason)}
	case verdict.Fail:
		return &stateOf{State: "not-implemented", Remarks: "The evidence contradicts it."}
	case verdict.Missing:
		return &stateOf{State: "not-implemented", Remarks: "Evidence is missing, empty or too old."}
	case verdict.Waived:
		return &stateOf{State: "not-implemented", Remarks: "Not satisfied; a valid waiver accepts the risk."}
	default:
		return &stateOf{State: "not-implemented", Remarks: text("Could not be assessed: " + reason)}
	}
}
