package oscal

import (
	"fmt"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
)

// The files that documents name each other by.
const (
	catalogFile  = "oscal-catalog.json"
	resultsFile  = "oscal-results.json"
	planFile     = "oscal-plan.json"
	systemFile   = "oscal-ssp.json"
	providerFile = "oscal-provider.json"
)

// securityPlan is a system security plan.
type securityPlan struct {
	UUID            string               `json:"uuid"`
	Metadata        metadata             `json:"metadata"`
	ImportProfile   reference            `json:"import-profile"`
	Characteristics characteristics      `json:"system-characteristics"`
	Implementation  systemImplementation `json:"system-implementation"`
	Controls        implementedControls  `json:"control-implementation"`
	BackMatter      *backMatter          `json:"back-matter"`
}

type characteristics struct {
	IDs         []systemID        `json:"system-ids"`
	Name        string            `json:"system-name"`
	Description string            `json:"description"`
	Props       []prop            `json:"props,omitempty"`
	Information systemInformation `json:"system-information"`
	Status      stateOf           `json:"status"`
	Boundary    described         `json:"authorization-boundary"`
}

type systemID struct {
	Type string `json:"identifier-type,omitempty"`
	ID   string `json:"id"`
}

type systemInformation struct {
	Types []informationType `json:"information-types"`
}

type informationType struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}

type stateOf struct {
	State   string `json:"state"`
	Remarks string `json:"remarks,omitempty"`
}

type described struct {
	Description string `json:"description"`
}

type systemImplementation struct {
	Leveraged  []leveraged       `json:"leveraged-authorizations,omitempty"`
	Users      []user            `json:"users"` // needed up to OSCAL 1.1
	Components []systemComponent `json:"components"`
}

type user struct {
	UUID  string   `json:"uuid"`
	Title string   `json:"title"`
	Roles []string `json:"role-ids"`
}

type leveraged struct {
	UUID    string `json:"uuid"`
	Title   string `json:"title"`
	Links   []link `json:"links,omitempty"`
	Party   string `json:"party-uuid"`
	Date    string `json:"date-authorized"`
	Remarks string `json:"remarks,omitempty"`
}

type systemComponent struct {
	UUID        string  `json:"uuid"`
	Type        string  `json:"type"`
	Title       string  `json:"title"`
	Description string  `json:"description"`
	Props       []prop  `json:"props,omitempty"`
	Links       []link  `json:"links,omitempty"`
	Status      stateOf `json:"status"`
}

type implementedControls struct {
	Description  string        `json:"description"`
	Requirements []requirement `json:"implemented-requirements"`
}

type requirement struct {
	UUID       string      `json:"uuid"`
	Control    string      `json:"control-id"`
	Props      []prop      `json:"props,omitempty"`
	Statements []statement `json:"statements,omitempty"`
	Components []component `json:"by-components,omitempty"`
	Remarks    string      `json:"remarks,omitempty"`
}

type statement struct {
	ID         string      `json:"statement-id"`
	UUID       string      `json:"uuid"`
	Components []component `json:"by-components,omitempty"`
}

// component is what a component of the system does for a control.
type component struct {
	Component   string      `json:"component-uuid"`
	UUID        string      `json:"uuid"`
	Description string      `json:"description"`
	Props       []prop      `json:"props,omitempty"`
	Links       []link      `json:"links,omitempty"`
	Status      *stateOf    `json:"implementation-status,omitempty"`
	Export      *export     `json:"export,omitempty"`
	Inherited   []inherited `json:"inherited,omitempty"`
	Satisfied   []satisfied `json:"satisfied,omitempty"`
}

type export struct {
	Description      string           `json:"description"`
	Provided         []provided       `json:"provided,omitempty"`
	Responsibilities []responsibleFor `json:"responsibilities,omitempty"`
}

type provided struct {
	UUID        string            `json:"uuid"`
	Description string            `json:"description"`
	Props       []prop            `json:"props,omitempty"`
	Roles       []responsibleRole `json:"responsible-roles"`
	Remarks     string            `json:"remarks,omitempty"`
}

type responsibleFor struct {
	UUID        string            `json:"uuid"`
	Provided    string            `json:"provided-uuid,omitempty"`
	Description string            `json:"description"`
	Props       []prop            `json:"props,omitempty"`
	Roles       []responsibleRole `json:"responsible-roles"`
}

type responsibleRole struct {
	Role    string   `json:"role-id"`
	Parties []string `json:"party-uuids,omitempty"`
}

type inherited struct {
	UUID        string            `json:"uuid"`
	Provided    string            `json:"provided-uuid"`
	Description string            `json:"description"`
	Roles       []responsibleRole `json:"responsible-roles"`
}

type satisfied struct {
	UUID           string            `json:"uuid"`
	Responsibility string            `json:"responsibility-uuid"`
	Description    string            `json:"description"`
	Roles          []responsibleRole `json:"responsible-roles"`
}

// The two parties of a table, as OSCAL's roles.
const (
	providerRole = "provider"
	customerRole = "customer"
)

var partyRoles = []role{{customerRole, "Customer of the service"}, {providerRole, "Provider of the service"}}

var customerRoles = []responsibleRole{{Role: customerRole}}

// What the provider's plan defines and the customer's refers to has an id that is made of the variant of the table alone.

func providerParty(c assessment.Catalog) party {
	return party{id("party", catalogID(c), c.Provider), "organization", text(c.Provider)}
}

func providerRoles(c assessment.Catalog) []responsibleRole {
	return []responsibleRole{{providerRole, []string{providerParty(c).UUID}}}
}

func providerPlanID(c assessment.Catalog) string { return id("provider plan", catalogID(c)) }

func providerComponentID(c assessment.Catalog) string {
	return id("provider component", catalogID(c))
}

func providedID(c assessment.Catalog, activity assessment.Activity) string {
	return id("provided", catalogID(c), activity.ID)
}

func responsibilityID(c assessment.Catalog, activity assessment.Activity) string {
	return id("responsibility", catalogID(c), activity.ID)
}

// customers are the users of a system of whom the table tells.
func customers(plan string) []user {
	return []user{{id(plan, "user"), "The customer", []string{customerRole}}}
}

// acts reports whether a party with these roles does an activity or answers for it.
func acts(roles string) bool { return strings.ContainsAny(roles, "RA") }

// systemDocument names the plan of the system of an assessment, whatever the verdicts are.
func systemDocument(a *assessment.Assessment) string {
	parts := []string{"system", catalogID(a.Catalog)}
	for _, s := range domains(a) {
		parts = append(parts, s.ID)
	}
	return id(parts...)
}

// domains are the services of an assessment, each once.
func domains(a *assessment.Assessment) []assessment.ServiceID {
	var all []assessment.ServiceID
	listed := map[string]bool{}
	for _, s := range a.Services {
		if !listed[s.Service.ID] {
			listed[s.Service.ID] = true
			all = append(all, s.Service)
		}
	}
	return all
}

// domainID is the component of the system that a service is.
func domainID(service assessment.ServiceID) string { return id("component", service.ID) }

// implementationID is what a component does for a control or a statement of it, in the result of the seed.
func implementationID(seed, part string) string { return id(seed, "implementation", part) }

func systemResource(a *assessment.Assessment) resource {
	return resource{
		UUID: id("ssp", systemDocument(a)), Title: "System security plan",
		Description: "Written by raci-check with -o oscal-ssp from an assessment of the same services.",
		Documents:   []documentID{{Identifier: systemDocument(a)}}, Links: []remote{{Href: systemFile}},
	}
}

func catalogResource(c assessment.Catalog) resource {
	return resource{
		UUID: id("catalog resource", catalogID(c)), Title: "RACI table as an OSCAL catalog",
		Description: "Written by raci-check duties -o oscal with the same variant of the table.",
		Documents:   []documentID{{Identifier: catalogID(c)}}, Links: []remote{{Href: catalogFile}},
	}
}

func planResource(a *assessment.Assessment, say wording.Phrases) resource {
	return resource{
		UUID: id("plan resource", planID(a)), Title: say.Text("Assessment plan"),
		Description: say.Text("Written by raci-check with -o oscal-plan from the same assessment."),
		Documents:   []documentID{{Identifier: planID(a)}}, Links: []remote{{Href: planFile}},
	}
}

func resultsResource(a *assessment.Assessment) resource {
	return resource{
		UUID: id("results resource", a.Digest), Title: "Assessment results", Description: "Written by raci-check with -o oscal from the same assessment.",
		Documents: []documentID{{Identifier: resultsID(a)}}, Links: []remote{{Href: resultsFile}},
	}
}

func providerResource(c assessment.Catalog) resource {
	return resource{
		UUID: id("provider resource", catalogID(c)), Title: "The provider's part",
		Description: "Written by raci-check duties -o oscal-ssp with the same variant of the table.",
		Documents:   []documentID{{Identifier: providerPlanID(c)}}, Links: []remote{{Href: providerFile}},
	}
}

func resultsID(a *assessment.Assessment) string { return id("results", a.Digest) }

// unstated is what a plan has to say of the information in a system, of which neither table nor evidence tells.
func unstated(source string) systemInformation {
	return systemInformation{[]informationType{{"Not stated", text(source + " does not say which types of information the system holds.")}}}
}

// partOf says in words what the roles of a party in an activity are.
func partOf(party, roles string) string {
	var words []string
	for _, letter := range roles {
		if word, ok := map[rune]string{'R': "responsible", 'A': "accountable", 'C': "consulted", 'I': "informed"}[letter]; ok {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return fmt.Sprintf("%s has no part", party)
	}
	return fmt.Sprintf("%s is %s", party, strings.Join(words, " and "))
}
