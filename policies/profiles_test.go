package policies_test

import (
	"encoding/json"
	"math/bits"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/testhelp"
)

func TestProfilesAreWellFormed(t *testing.T) {
	must(t, profiles.Verify())
}

// Every shipped overlay changes the value, names the requirement of its own framework, and is looser only in a period.
func TestOverlaysSayWhatTheirFrameworkAsksFor(t *testing.T) {
	framework := map[string]string{"pci-dss-4.0.1": "PCI DSS 4.0.1 requirement", "secnumcloud-3.2": "SecNumCloud 3.2 §", "iso-27001": "ISO/IEC 27001:2022 ", "nis2": "NIS 2: ", "dora": "DORA: ", "hds-2.0": "HDS 2.0 EXI "}
	names, err := profiles.Names()
	must(t, err)
	baseline, err := profiles.Load()
	must(t, err)
	for _, name := range names {
		if name == parameter.Baseline {
			continue
		}
		begins, isListed := framework[name]
		if !isListed {
			t.Errorf("no test knows the framework of profile %s", name)
		}
		set, err := profiles.Load(name)
		must(t, err)
		changed := 0
		for _, p := range set.All() {
			if p.SetBy == parameter.Baseline {
				continue
			}
			changed++
			was, _ := baseline.Find(p.Name)
			switch {
			case reflect.DeepEqual(p.Value, was.Value):
				t.Errorf("%s:%d: %s is as in the baseline", p.File, p.Line, p.Name)
			case p.LooserBecause != "" && (name != "iso-27001" || p.Unit != "days" && p.Unit != "hours"):
				t.Errorf("%s:%d: %s is looser than the baseline", p.File, p.Line, p.Name)
			}
			if !strings.HasPrefix(p.Source, begins) {
				t.Errorf("%s:%d: the source of %s is %q, wanted is one of %s", p.File, p.Line, p.Name, p.Source, begins)
			}
		}
		if changed == 0 {
			t.Errorf("profile %s changes nothing", name)
		}
	}
}

// However the profiles are combined, no limit is above the limit that it has to stay below. Without RACI_CHECK_LONG, two are combined.
func TestCombinedProfilesCanBeMet(t *testing.T) {
	below := [][2]string{
		{"administrators_min", "administrators_max"}, {"secret_versions_min", "secret_versions_max"}, {"log_hot_min_days", "log_retention_min_days"},
		{"symmetric_min_bits", "symmetric_long_term_min_bits"}, {"rsa_legacy_min_bits", "rsa_min_bits"},
		{"certificate_renewal_min_days", "certificate_max_days_production"}, {"certificate_renewal_min_days", "certificate_max_days_test"},
		{"kmip_migration_soak_min_days", "kmip_source_destruction_max_days"}, {"capacity_used_max_percent", "capacity_alert_max_percent"},
		{"log_retention_min_days", "residual_copy_max_days"},
	}
	names, err := profiles.Names()
	must(t, err)
	for chosen := range 1 << len(names) {
		if bits.OnesCount(uint(chosen)) > 2 && !testhelp.LongWanted() {
			continue
		}
		var combined []string
		for i, name := range names {
			if chosen>>i&1 == 1 {
				combined = append(combined, name)
			}
		}
		set, err := profiles.Load(combined...)
		must(t, err)
		value := func(name string) float64 {
			p, exists := set.Find(name)
			if !exists {
				t.Fatalf("there is no parameter %s", name)
			}
			n, err := p.Value.(json.Number).Float64()
			must(t, err)
			return n
		}
		for _, pair := range below {
			if value(pair[0]) > value(pair[1]) {
				t.Errorf("%v: %s is above %s", combined, pair[0], pair[1])
			}
		}
		methods, _ := set.Find("mfa_methods")
		privileged, _ := set.Find("mfa_methods_privileged")
		for _, method := range privileged.Value.([]any) {
			if !slices.Contains(methods.Value.([]any), method) {
				t.Errorf("%v: %v counts only for the privileged", combined, method)
			}
		}
	}
}

// What an overlay demands beyond the baseline can be said in evidence: else nobody could meet it.
func TestDemandsOfOverlaysAreOfTheSchema(t *testing.T) {
	var schema strings.Builder
	files, err := filepath.Glob("okms/schema/*.json")
	must(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		must(t, err)
		schema.Write(data)
	}
	baseline, err := profiles.Load()
	must(t, err)
	names, err := profiles.Names()
	must(t, err)
	all, err := profiles.Load(names...)
	must(t, err)
	tried := 0
	for _, p := range all.All() {
		was, _ := baseline.Find(p.Name)
		if p.Stricter != parameter.Superset {
			continue
		}
		for _, item := range p.Value.([]any) {
			if slices.Contains(was.Value.([]any), item) {
				continue
			}
			tried++
			if !strings.Contains(schema.String(), `"`+item.(string)+`"`) {
				t.Errorf("%s demands %v, which the schema does not know", p.Name, item)
			}
		}
	}
	if tried == 0 {
		t.Error("no overlay demands anything more: the test has gone blind")
	}
}
