package policies_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/ruleset"
)

// referenceData is data.reference, in the form that policies rely on: a field that is not of it, or is missing, fails the test.
type referenceData struct {
	Sources map[string]struct {
		About  string `json:"about"`
		AsOf   string `json:"as_of"`
		ReadOn string `json:"read_on"`
		Source string `json:"source"`
	} `json:"sources"`

	Regions map[string]struct {
		Country       string   `json:"country"`
		BackupRegions []string `json:"backup_regions"`
		PCIDSS        *bool    `json:"pci_dss"`
	} `json:"regions"`
	RegionCountries    map[string]string `json:"region_countries"`
	RegionMisspellings map[string]string `json:"region_misspellings"`
	ProviderSites      map[string]struct {
		Place   string `json:"place"`
		Country string `json:"country"`
	} `json:"provider_sites"`
	PublicCloudRegions map[string]struct {
		Site    string `json:"site"`
		Country string `json:"country"`
	} `json:"public_cloud_regions"`
	PlatformBackupDays int `json:"platform_backup_days"`

	ActionClasses map[string]struct {
		Rank     int      `json:"rank"`
		Includes []string `json:"includes"`
		About    string   `json:"about"`
	} `json:"action_classes"`
	UnknownAction struct {
		Class  string `json:"class"`
		Object string `json:"object"`
	} `json:"unknown_action"`
	ActionSources map[string]struct {
		Title string `json:"title"`
		AsOf  string `json:"as_of"`
	} `json:"action_sources"`
	Actions map[string]action `json:"actions"`

	Placeholders        []string `json:"placeholders"`
	PlaceholderPatterns map[string]struct {
		Pattern string `json:"pattern"`
		About   string `json:"about"`
	} `json:"placeholder_patterns"`
	PlaceholderEnumerationValues []string `json:"placeholder_enumeration_values"`

	KeyOperations map[string]struct {
		States []string `json:"states"`
	} `json:"key_operations"`
	GroupWords        []string `json:"group_words"`
	PublicMailDomains []string `json:"public_mail_domains"`

	DeadRoutes struct {
		Words     []string `json:"words"`
		Hosts     []string `json:"hosts"`
		Pieces    []string `json:"pieces"`
		Schemes   []string `json:"schemes"`
		Mailboxes []string `json:"mailboxes"`
	} `json:"dead_routes"`

	ProviderNames []string `json:"provider_names"`
	Activities    []string `json:"activities"`

	EEACountries          []string            `json:"eea_countries"`
	AdequacyDecisions     map[string]adequacy `json:"adequacy_decisions"`
	AdequacyOrganisations map[string]adequacy `json:"adequacy_organisations"`

	DataCiphers map[string]struct {
		Use            []string `json:"use"`
		Authenticated  *bool    `json:"authenticated"`
		StrengthBits   int      `json:"strength_bits"`
		OtherSpellings []string `json:"other_spellings"`
		Source         string   `json:"source"`
		Note           string   `json:"note"`
	} `json:"data_ciphers"`
	WrappingAlgorithms map[string]struct {
		Accepted       *bool    `json:"accepted"`
		StrengthBits   int      `json:"strength_bits"`
		OtherSpellings []string `json:"other_spellings"`
		Note           string   `json:"note"`
		Source         string   `json:"source"`
	} `json:"wrapping_algorithms"`
	KeyTypes map[string]struct {
		Sizes      []int    `json:"sizes"`
		Curves     []string `json:"curves"`
		Classes    []string `json:"classes"`
		Operations []string `json:"operations"`
	} `json:"key_types"`
	ValidationSchemes map[string]scheme `json:"validation_schemes"`

	HollowTexts map[string]struct {
		Is      []string `json:"is"`
		Begins  []string `json:"begins"`
		Has     []string `json:"has"`
		Unless  []string `json:"unless"`
		Words   []string `json:"words"`
		Numbers bool     `json:"numbers"`
		People  bool     `json:"people"`
	} `json:"hollow_texts"`
	PublicSuffixes []string         `json:"public_suffixes"`
	Countries      []string         `json:"countries"`
	LegalForms     map[string]where `json:"legal_forms"`
	Towns          map[string]where `json:"towns"`
}

type where struct {
	Countries []string `json:"countries"`
	WrittenAs []string `json:"written_as"`
}

type action struct {
	Class          string   `json:"class"`
	Object         string   `json:"object"`
	OtherSpellings []string `json:"other_spellings"`
	Source         string   `json:"source"`
	Note           string   `json:"note"`
	Effect         string   `json:"effect"`
	Operations     []string `json:"operations"`
}

type adequacy struct {
	Name      string `json:"name"`
	Decision  string `json:"decision"`
	Decided   string `json:"decided"`
	Renewed   string `json:"renewed"`
	Ends      string `json:"ends"`
	Scope     string `json:"scope"`
	Condition string `json:"condition"`
}

type scheme struct {
	Title              string   `json:"title"`
	Pattern            string   `json:"pattern"`
	LevelPattern       string   `json:"level_pattern"`
	CertificatePattern string   `json:"certificate_pattern"`
	AcceptedLevels     []string `json:"accepted_levels"`
	ImpliedLevel       string   `json:"implied_level"`
	HistoricalFrom     string   `json:"historical_from"`
	Source             string   `json:"source"`
	Examples           []struct {
		Text        string `json:"text"`
		Level       string `json:"level"`
		Certificate string `json:"certificate"`
	} `json:"examples"`
}

func readReference(t *testing.T) (data referenceData, tables map[string]any) {
	t.Helper()
	rules, err := ruleset.Open(os.DirFS("."), "okms")
	must(t, err)
	tables, err = rules.Reference()
	must(t, err)
	encoded, err := json.Marshal(tables)
	must(t, err)
	decoder := json.NewDecoder(strings.NewReader(string(encoded)))
	decoder.DisallowUnknownFields()
	must(t, decoder.Decode(&data))
	return data, tables
}

func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

func TestEveryTableOfReferenceDataSaysWhereItIsFrom(t *testing.T) {
	data, tables := readReference(t)
	for name := range tables {
		source, hasSource := data.Sources[name]
		if name != "sources" && (!hasSource || source.About == "" || source.Source == "") {
			t.Errorf("%s does not say what it is and where it is from", name)
		}
		if hasSource && (!isDate(source.AsOf) || source.ReadOn != "" && !isDate(source.ReadOn)) {
			t.Errorf("%s: %q and %q are no dates", name, source.AsOf, source.ReadOn)
		}
	}
}

// Evidence may name the activities of the catalog, and no others.
func TestActivitiesAreThoseOfTheCatalog(t *testing.T) {
	data, _ := readReference(t)
	var ids []string
	for _, activity := range load(t).catalog.Activities {
		ids = append(ids, activity.ID)
	}
	if diff := cmp.Diff(ids, data.Activities); diff != "" {
		t.Error(diff)
	}
}

// alpha2 are the codes of ISO 3166-1.
var alpha2 = strings.Fields(`AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
	BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
	GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
	KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE
	NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM
	SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT
	ZA ZM ZW`)

func TestCountriesAreOfISO3166(t *testing.T) {
	data, _ := readReference(t)
	used := map[string]string{}
	for name, region := range data.Regions {
		used["region "+name] = region.Country
	}
	for name, country := range data.RegionCountries {
		used["country of "+name] = country
	}
	for name, site := range data.ProviderSites {
		used["site "+name] = site.Country
	}
	for name, region := range data.PublicCloudRegions {
		used["Public Cloud region "+name] = region.Country
	}
	for _, country := range data.EEACountries {
		used["EEA "+country] = country
	}
	for country := range data.AdequacyDecisions {
		used["adequacy "+country] = country
	}
	for _, table := range []map[string]where{data.LegalForms, data.Towns} {
		for name, row := range table {
			if len(row.Countries) == 0 {
				t.Errorf("%s is in no country", name)
			}
			for _, country := range row.Countries {
				used[name+" "+country] = country
			}
		}
	}
	if !slices.Equal(data.Countries, slices.Sorted(slices.Values(append(slices.Clone(alpha2), "XK")))) {
		t.Error("countries are not those of ISO 3166-1 and Kosovo, in their order")
	}
	for user, country := range used {
		if !slices.Contains(alpha2, country) {
			t.Errorf("%s: %q is no country of ISO 3166-1", user, country)
		}
	}
}

func TestRegionsAgreeWithEachOther(t *testing.T) {
	data, _ := readReference(t)
	siteOf := func(region string) string { return strings.ToUpper(region[strings.LastIndexByte(region, '-')+1:]) }
	for name, region := range data.Regions {
		if data.RegionCountries[name] != region.Country {
			t.Errorf("%s is in %s, and in %s by region_countries", name, region.Country, data.RegionCountries[name])
		}
		if region.PCIDSS == nil {
			t.Errorf("%s does not say whether it is certified for PCI DSS", name)
		}
		if len(region.BackupRegions) != 2 {
			t.Errorf("%s has %d backups, the provider keeps each in two regions", name, len(region.BackupRegions))
		}
		for _, backup := range region.BackupRegions {
			if _, hasCountry := data.RegionCountries[backup]; !hasCountry {
				t.Errorf("%s is backed up in %s, whose country is not known", name, backup)
			}
		}
	}
	for name, country := range data.RegionCountries {
		if site, isSite := data.ProviderSites[siteOf(name)]; !isSite || site.Country != country {
			t.Errorf("%s is in %s, its site %s is %+v", name, country, siteOf(name), site)
		}
	}
	for wrong, right := range data.RegionMisspellings {
		if _, isRegion := data.RegionCountries[wrong]; isRegion {
			t.Errorf("%s is a misspelling and a region", wrong)
		}
		if _, isRegion := data.RegionCountries[right]; !isRegion {
			t.Errorf("%s is no region", right)
		}
	}
	name := regexp.MustCompile(`^(?:[A-Z]{2,3}[0-9]{0,2}|[A-Z]{3}-[A-Z]|[A-Z]{2}-[A-Z]+(?:-LZ)?-[A-Z]{2,3}(?:-[A-Z0-9])?)$`)
	for region, row := range data.PublicCloudRegions {
		if site, isSite := data.ProviderSites[row.Site]; !isSite || site.Country != row.Country {
			t.Errorf("%s is in %s, its site %s is %+v", region, row.Country, row.Site, site)
		}
		if !name.MatchString(region) {
			t.Errorf("%s is no name as Public Cloud has them", region)
		}
		if _, isServiceRegion := data.Regions[strings.ToLower(region)]; isServiceRegion && siteOf(region) != row.Site {
			t.Errorf("%s is at %s here and at %s as a region of the service", region, row.Site, siteOf(region))
		}
	}
	if data.PlatformBackupDays <= 0 {
		t.Error("no days of platform backups")
	}
}

func TestActionsAreWellFormed(t *testing.T) {
	data, _ := readReference(t)
	form := regexp.MustCompile(`^[a-z]+:(?:api[a-z]+|kmip):[A-Za-z0-9/]+$`)
	spelled, sources, classes := map[string]string{}, map[string]bool{}, map[string]bool{}
	for name, row := range data.Actions {
		for _, operation := range row.Operations {
			if len(data.KeyOperations[operation].States) == 0 {
				t.Errorf("%s: no state allows the operation %s (key_operations)", name, operation)
			}
		}
		for _, spelling := range append([]string{name}, row.OtherSpellings...) {
			if other, twice := spelled[spelling]; twice {
				t.Errorf("%s is a spelling of %s and of %s", spelling, name, other)
			}
			spelled[spelling] = name
			if !form.MatchString(spelling) {
				t.Errorf("%s is no name of an action", spelling)
			}
		}
		if _, isClass := data.ActionClasses[row.Class]; !isClass {
			t.Errorf("%s has the class %q, which there is not", name, row.Class)
		}
		if _, isSource := data.ActionSources[row.Source]; !isSource {
			t.Errorf("%s is from %q, which is no source", name, row.Source)
		}
		if row.Object == "" || row.Object == data.UnknownAction.Object {
			t.Errorf("%s is on no object", name)
		}
		if row.Source == "pattern" && row.Note == "" {
			t.Errorf("%s does not say what its name follows", name)
		}
		if !slices.Contains([]string{"", "public", "pause", "end_logs"}, row.Effect) {
			t.Errorf("%s has the effect %q, which the program does not know", name, row.Effect)
		}
		sources[row.Source], classes[row.Class] = true, true
	}
	for name, source := range data.ActionSources {
		if !sources[name] || source.Title == "" || !isDate(source.AsOf) {
			t.Errorf("source %s: %+v, used: %v", name, source, sources[name])
		}
	}
	worst, ranks := data.ActionClasses[data.UnknownAction.Class], map[int]bool{}
	for name, class := range data.ActionClasses {
		if ranks[class.Rank] || class.Rank > worst.Rank || class.About == "" || !slices.Contains(class.Includes, name) || !slices.Contains(worst.Includes, name) || !classes[name] {
			t.Errorf("class %s: %+v; an unknown action counts as %+v", name, class, worst)
		}
		ranks[class.Rank] = true
	}
}

// What an action is called says what it does: no row may be milder than its verb.
func TestActionsHaveTheClassOfWhatTheyDo(t *testing.T) {
	data, _ := readReference(t)
	verb := func(name string) string { return name[strings.LastIndexAny(name, ":/")+1:] }
	for name, row := range data.Actions {
		switch last := verb(name); {
		case name == "okms:kmip:get" || last == "wrapKey":
			if row.Class != "export" {
				t.Errorf("%s lets a key out, and is %s", name, row.Class)
			}
		case last == "getData":
			if row.Class != "read_secret" {
				t.Errorf("%s reads a secret, and is %s", name, row.Class)
			}
		case last == "get":
			if row.Class != "read_metadata" && row.Object != "random" {
				t.Errorf("%s reads, and is %s", name, row.Class)
			}
		case row.Class == "read_metadata":
			if !slices.Contains([]string{"getAttributes", "getAttributeList", "locate", "check", "generate"}, last) && !strings.HasSuffix(name, "log/url/create") {
				t.Errorf("%s is said to read only", name)
			}
		case strings.Contains(strings.ToLower(last), "terminat") || last == "destroy" || last == "skipRetentionPeriod":
			if row.Class != "destroy" {
				t.Errorf("%s ends something for good, and is %s", name, row.Class)
			}
		}
		if strings.HasPrefix(name, "account:apiovh:iam/policy/") && verb(name) != "get" && row.Class != "escalate" {
			t.Errorf("%s changes who may do what, and is %s", name, row.Class)
		}
	}
	for name, class := range map[string]string{
		"okms:apiovh:secret/delete": "destroy", "okms:apikms:secret/version/delete": "destroy", "okms:apiovh:serviceKey/delete": "destroy",
		"okms:apiovh:resource/terminate": "destroy", "okms:apiovh:credential/create": "escalate", "okms:apikms:serviceKey/wrapKey": "export",
		"okms:apikms:serviceKey/unwrapKey": "administer", "okms:apiovh:serviceKey/datakeyDecrypt": "use_key",
		"account:apiovh:me/identity/user/token/create": "escalate", "account:apiovh:me/api/oauth2/client/create": "escalate",
		"account:apiovh:me/identity/group/user/add": "escalate", "ldp:apiovh:output/graylog/stream/delete": "destroy",
	} {
		if data.Actions[name].Class != class {
			t.Errorf("%s is %q, wanted %s", name, data.Actions[name].Class, class)
		}
	}
	kmip := 0
	for name := range data.Actions {
		if strings.HasPrefix(name, "okms:kmip:") {
			kmip++
		}
	}
	if kmip != 23 {
		t.Errorf("%d actions of KMIP, the provider documents 23", kmip)
	}
}

// Every action that evidence and examples name in full is in the table.
func TestActionsOfTheWorkedExamplesAreKnown(t *testing.T) {
	data, _ := readReference(t)
	spellings := map[string]bool{}
	for name, row := range data.Actions {
		spellings[name] = true
		for _, spelling := range row.OtherSpellings {
			spellings[spelling] = true
		}
	}
	files, err := filepath.Glob("../evidence/*/*.yaml")
	must(t, err)
	named := regexp.MustCompile(`\b(?:okms|ldp|account):(?:api[a-z]+|kmip):[A-Za-z0-9/*]+`)
	count := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, name := range named.FindAllString(string(text), -1) {
			count++
			if !strings.HasSuffix(name, "*") && !spellings[name] {
				t.Errorf("%s: %s is not in the table of actions", file, name)
			}
		}
	}
	if count == 0 {
		t.Error("no action was found")
	}
}

// placeholders are those of the reference data; each pattern says what it is for.
func (d referenceData) placeholders(t *testing.T) *placeholder.List {
	t.Helper()
	for name, row := range d.PlaceholderPatterns {
		if row.About == "" {
			t.Errorf("the pattern %s does not say what it is for", name)
		}
	}
	list, err := placeholder.New(load(t).reference)
	must(t, err)
	return list
}

func TestPlaceholdersAreTold(t *testing.T) {
	data, _ := readReference(t)
	list := data.placeholders(t)
	for _, text := range data.Placeholders {
		if text != strings.ToLower(strings.TrimSpace(text)) || text == "" {
			t.Errorf("%q is not in lower case without space around it", text)
		}
	}
	if twice := slices.Compact(slices.Sorted(slices.Values(data.Placeholders))); len(twice) != len(data.Placeholders) {
		t.Error("a placeholder stands twice")
	}
	for _, text := range []string{"…", "...", "TBD", "tbc", " TODO ", "FIXME", "N/A", "NA", "n.a.", "None", "nobody", "No one", "-", "--", "?", "??", "x", "XX", "xxx", "unencrypted", "(plain text)", "no key", "Not yet.", "non chiffré", "pas encore", "unverschlüsselt", "kein Schlüssel", "noch nicht",
		"sin cifrar", "aún no", "in chiaro", "nessuna chiave", "non ancora", "none so far", "to be found", "Will follow.", "see e-mail", "none none", "tbd / n/a", "ｎｏｎｅ", "bla bla",
		"test", "Unknown", "to be defined", "À définir", "null", "~", "", " ", "....", "aaaa", "0", "<owner>", "[name]", "{{ owner }}", "${OWNER}", "TODO: ask Anna", "?!", "§"} {
		if !list.Is(text) {
			t.Errorf("%q passes for a value", text)
		}
	}
	for _, text := range []string{"claire@nordmer.example", "Ada", "Li", "Bo Ng", "NA-4711", "OPS-1", "testing team", "Xaver", "AAA-insurance", "Unknown Pleasures GmbH", "CHG-0000", "N. Aydin",
		"aab", "4", "11", "Tobias Bender", "7d", "müller", "李",
		"no key leaves the module", "plain text is never stored", "Open University", "not yet migrated, planned for spring", "OK Bank", "bar none GmbH", "to be encrypted with the next key", "will follow EXIT-07", "see CHG-1098", "none of the clients renewed in time"} {
		if list.Is(text) {
			t.Errorf("%q is taken for a placeholder", text)
		}
	}
}

// No text of the worked example is a placeholder, but for values of enumerations; and those are listed.
func TestPlaceholdersAreNoValues(t *testing.T) {
	data, _ := readReference(t)
	list := data.placeholders(t)
	h := load(t)
	var form any
	must(t, json.Unmarshal(h.format.Schema, &form))
	enumerated := map[string]bool{}
	var collect func(any)
	collect = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for _, key := range []string{"enum", "const"} {
				values, isList := value[key].([]any)
				if !isList {
					values = []any{value[key]}
				}
				for _, choice := range values {
					if text, isText := choice.(string); isText {
						enumerated[text] = true
					}
				}
			}
			for _, inner := range value {
				collect(inner)
			}
		case []any:
			for _, inner := range value {
				collect(inner)
			}
		}
	}
	collect(form)
	var placeholders []string
	for value := range enumerated {
		if list.Is(value) {
			placeholders = append(placeholders, strings.ToLower(value))
		}
	}
	slices.Sort(placeholders)
	if diff := cmp.Diff(slices.Sorted(slices.Values(data.PlaceholderEnumerationValues)), placeholders); diff != "" {
		t.Errorf("enumerations of the schema have other placeholders than placeholder_enumeration_values says (-it +they):\n%s", diff)
	}
	var texts func(path string, value any)
	texts = func(path string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				texts(path+"/"+key, value[key])
			}
		case []any:
			for i, inner := range value {
				texts(fmt.Sprintf("%s/%d", path, i), inner)
			}
		case string:
			if list.Is(value) && !enumerated[value] {
				t.Errorf("%s: %q is taken for a placeholder", path, value)
			}
		}
	}
	texts("", h.compliant(t))
}

// Words are compared without what is neither letter nor digit, hosts and mailboxes as they are, all in lower case.
func TestDeadRoutesAreSpelled(t *testing.T) {
	data, _ := readReference(t)
	for name, form := range map[string]struct {
		texts   []string
		pattern string
	}{
		"words": {data.DeadRoutes.Words, `^[a-z0-9]+$`}, "hosts": {data.DeadRoutes.Hosts, `^[a-z0-9]+(\.[a-z0-9]+)*$`},
		"pieces": {data.DeadRoutes.Pieces, `^[a-z]+$`}, "schemes": {data.DeadRoutes.Schemes, `^[a-z]+$`}, "mailboxes": {data.DeadRoutes.Mailboxes, `^[a-z]+$`}, "provider names": {data.ProviderNames, `^[a-z]+$`},
	} {
		if len(form.texts) == 0 || len(slices.Compact(slices.Sorted(slices.Values(form.texts)))) != len(form.texts) {
			t.Errorf("%s: none, or one twice", name)
		}
		for _, text := range form.texts {
			if !regexp.MustCompile(form.pattern).MatchString(text) {
				t.Errorf("%s: %q", name, text)
			}
		}
	}
}

func TestMailDomainsAreDomains(t *testing.T) {
	data, _ := readReference(t)
	seen := map[string]bool{}
	for _, domain := range data.PublicMailDomains {
		if _, err := mail.ParseAddress("a@" + domain); err != nil || domain != strings.ToLower(domain) || !strings.Contains(domain, ".") || seen[domain] {
			t.Errorf("%q: %v, again: %v", domain, err, seen[domain])
		}
		seen[domain] = true
	}
	for _, domain := range []string{"gmail.com", "outlook.com", "orange.fr", "web.de", "qq.com", "proton.me"} {
		if !seen[domain] {
			t.Errorf("%s is missing", domain)
		}
	}
}

func TestAdequacyDecisionsAreWellFormed(t *testing.T) {
	data, _ := readReference(t)
	all := maps.Clone(data.AdequacyDecisions)
	maps.Copy(all, data.AdequacyOrganisations)
	if len(all) != len(data.AdequacyDecisions)+len(data.AdequacyOrganisations) {
		t.Error("a country and an organisation have one code")
	}
	for code, row := range all {
		if row.Name == "" || row.Decision == "" || !isDate(row.Decided) {
			t.Errorf("%s: %+v", code, row)
		}
		if (row.Scope == "partial") != (row.Condition != "") || row.Scope != "partial" && row.Scope != "whole" {
			t.Errorf("%s: scope %q, condition %q", code, row.Scope, row.Condition)
		}
		if row.Renewed != "" && (!isDate(row.Renewed) || row.Renewed <= row.Decided) || row.Ends != "" && (!isDate(row.Ends) || row.Ends <= max(row.Decided, row.Renewed)) {
			t.Errorf("%s: its dates are in no order: %+v", code, row)
		}
		if slices.Contains(data.EEACountries, code) {
			t.Errorf("%s is in the EEA and has an adequacy decision", code)
		}
	}
	if len(data.EEACountries) != 30 || len(slices.Compact(slices.Sorted(slices.Values(data.EEACountries)))) != 30 {
		t.Errorf("the EEA has 30 countries, here are %d", len(data.EEACountries))
	}
}

func TestAlgorithmsAreWellFormed(t *testing.T) {
	data, _ := readReference(t)
	unique := func(spelled map[string]string, name string, spellings []string) {
		for _, spelling := range append([]string{name}, spellings...) {
			if other, twice := spelled[strings.ToLower(spelling)]; twice {
				t.Errorf("%s is a spelling of %s and of %s", spelling, name, other)
			}
			spelled[strings.ToLower(spelling)] = name
		}
	}
	ciphers, wraps := map[string]string{}, map[string]string{}
	for name, row := range data.DataCiphers {
		unique(ciphers, name, row.OtherSpellings)
		for _, use := range row.Use {
			if !slices.Contains([]string{"data", "disk", "keys"}, use) {
				t.Errorf("%s: %q is no use", name, use)
			}
		}
		if row.Source == "" || row.Authenticated == nil || row.StrengthBits < 128 {
			t.Errorf("%s: %+v", name, row)
			continue
		}
		if !*row.Authenticated && (slices.Contains(row.Use, "data") || slices.Contains(row.Use, "keys")) {
			t.Errorf("%s is for %v without authentication", name, row.Use)
		}
	}
	for name, row := range data.KeyTypes {
		if len(row.Sizes) == 0 || len(row.Classes) == 0 || len(row.Operations) == 0 {
			t.Errorf("%s: %+v", name, row)
		}
	}
	for name, row := range data.WrappingAlgorithms {
		unique(wraps, name, row.OtherSpellings)
		if row.Source == "" || row.Accepted == nil {
			t.Errorf("%s: %+v", name, row)
		}
	}
}

func firstGroup(t *testing.T, pattern, text string) string {
	t.Helper()
	compiled, err := regexp.Compile(pattern)
	must(t, err)
	for i, group := range compiled.FindStringSubmatch(text) {
		if i > 0 && group != "" {
			return group
		}
	}
	return ""
}

func TestValidationsAreReadAsTheirExamplesSay(t *testing.T) {
	data, _ := readReference(t)
	for name, row := range data.ValidationSchemes {
		if row.Title == "" || row.Source == "" || len(row.AcceptedLevels) == 0 || len(row.Examples) < 2 || row.HistoricalFrom != "" && !isDate(row.HistoricalFrom) ||
			row.ImpliedLevel != "" && !slices.Contains(row.AcceptedLevels, row.ImpliedLevel) {
			t.Errorf("%s: %+v", name, row)
		}
		pattern, err := regexp.Compile(row.Pattern)
		must(t, err)
		for _, example := range row.Examples {
			level, certificate := firstGroup(t, row.LevelPattern, example.Text), firstGroup(t, row.CertificatePattern, example.Text)
			if !pattern.MatchString(example.Text) || level != example.Level || certificate != example.Certificate {
				t.Errorf("%s: %q is read as level %q, certificate %q; matches: %v", name, example.Text, level, certificate, pattern.MatchString(example.Text))
			}
			if level != "" && !slices.Contains(row.AcceptedLevels, level) {
				t.Errorf("%s: the level of the example %q is not accepted", name, example.Text)
			}
		}
	}
	for text, want := range map[string][]string{
		"FIPS 140-2 L3":                       {"fips_140_2"},
		"FIPS 140-3 Level 1":                  {"fips_140_3"},
		"certified by the vendor":             nil,
		"none":                                nil,
		"PCI DSS 4.0.1":                       nil,
		"Common Criteria EAL2":                {"common_criteria"},
		"EN 419 221-5 and FIPS 140-2 level 3": {"common_criteria", "en_419221_5", "fips_140_2"},
		"PCI HSM v3.0":                        {"pci_pts_hsm"},
		"success":                             nil,
	} {
		var got []string
		for name, row := range data.ValidationSchemes {
			if regexp.MustCompile(row.Pattern).MatchString(text) {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-wanted +read):\n%s", text, diff)
		}
	}
	if slices.Contains(data.ValidationSchemes["fips_140_3"].AcceptedLevels, firstGroup(t, data.ValidationSchemes["fips_140_3"].LevelPattern, "FIPS 140-3 Level 1")) {
		t.Error("level 1 is accepted")
	}
}
