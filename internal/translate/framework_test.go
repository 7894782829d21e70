package translate_test

import (
	"bytes"
	"html"
	"regexp"
	"testing"

	"github.com/raci-check/raci-check/internal/framework"
	pages "github.com/raci-check/raci-check/internal/report/html"
)

// titled are the titles of requirements in a page, by their id, with the language that the page says they are in.
func titled(page string) map[string][2]string {
	titles := map[string][2]string{}
	for _, row := range regexp.MustCompile(`<th scope="row">([^<]*)</th><td(?: lang="([a-z]+)")?>([^<]*)</td>`).FindAllStringSubmatch(page, -1) {
		titles[row[1]] = [2]string{html.UnescapeString(row[3]), row[2]}
	}
	return titles
}

// A requirement has the French title that its publisher gives it, or says that its title is in English; an English page says the
// same of French ones.
func TestTitlesOfRequirementsSayWhatLanguageTheyAreIn(t *testing.T) {
	rules, speaks := open(t)
	a := gaps(t, rules, "compliant")
	for id, test := range map[string]struct{ english, french map[string][2]string }{
		"dora": {
			english: map[string][2]string{"2024/1774 7": {"Cryptographic key management", ""}, "2024/1772 5": {"Data losses", ""}},
			french:  map[string][2]string{"2024/1774 7": {"Gestion des clés cryptographiques", ""}, "2024/1772 5": {"Data losses", "en"}},
		},
		"iso-27001": {
			english: map[string][2]string{"8.24": {"Use of cryptography", ""}},
			french:  map[string][2]string{"8.24": {"Utilisation de la cryptographie", ""}},
		},
		"nis2-2024-2690": {
			english: map[string][2]string{"10.2.1": {"Verification of background", ""}, "Directive 23(4)(a)": {"Reporting obligations: early warning", ""}},
			french:  map[string][2]string{"10.2.1": {"Vérification des antécédents", ""}, "Directive 23(4)(a)": {"Obligations d'information\u00a0: alerte précoce", ""}},
		},
		"secnumcloud-3.2": {
			english: map[string][2]string{"12.8.b": {"Synchronisation des horloges", "fr"}, "11.1.2.a": {"Périmètres de sécurité physique : Zones privées", "fr"}},
			french:  map[string][2]string{"12.8.b": {"Synchronisation des horloges", ""}},
		},
		"csf-2.0": {
			english: map[string][2]string{"DE.CM-01": {"Networks and network services are monitored to find potentially adverse events", ""}},
			french:  map[string][2]string{"DE.CM-01": {"Networks and network services are monitored to find potentially adverse events", "en"}},
		},
	} {
		f, err := rules.Framework(id)
		if err != nil {
			t.Fatal(err)
		}
		var english, french bytes.Buffer
		view := framework.Of(f, a)
		translated := framework.Of(speaks.Framework(f), speaks.Assessment(a))
		for _, err := range []error{pages.WriteFramework(&english, &view, nil), pages.WriteFramework(&french, &translated, speaks.Words())} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for language, shown := range map[string]struct {
			want map[string][2]string
			page string
		}{"English": {test.english, english.String()}, "French": {test.french, french.String()}} {
			titles := titled(shown.page)
			if len(titles) != len(f.Requirements) {
				t.Errorf("%s in %s: %d titles of %d requirements were read", id, language, len(titles), len(f.Requirements))
			}
			for requirement, want := range shown.want {
				if titles[requirement] != want {
					t.Errorf("%s in %s: %s has the title and language %q, expected %q", id, language, requirement, titles[requirement], want)
				}
			}
		}
	}
}
