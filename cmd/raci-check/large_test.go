//go:build linux

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// largeVariable is the number of keys that TestLargeDomains collects from each source, to measure: it takes minutes. The figures in
// docs/performance.md are those of 100000.
const largeVariable = "RACI_CHECK_LARGE"

// largeSource is a source of a large domain.
type largeSource struct {
	name, section, list string
	large               int // keys, beside a tenth of them
	start               func(*testing.T, *collecttest.PKI, int) string
	args                func(pki *collecttest.PKI, address string) []string
}

var largeSources = []largeSource{
	{"okms", "keys", "service_keys", 22_000, largeOKMS, func(pki *collecttest.PKI, address string) []string {
		return []string{"--okms-endpoint", address, "--okms-cert", pki.Client.Cert, "--okms-key", pki.Client.Key}
	}},
	{"ovhcloud", "keys", "service_keys", 10_000, largeOVHcloud, func(_ *collecttest.PKI, address string) []string {
		return []string{"--ovhcloud-endpoint", address + "/1.0"}
	}},
	{"kmip", "kmip", "objects", 10_000, largeKMIP, func(pki *collecttest.PKI, address string) []string {
		return []string{"--kmip-endpoint", address, "--kmip-cert", pki.Client.Cert, "--kmip-key", pki.Client.Key}
	}},
}

// used is what one run of the program took.
type used struct {
	peak int // of its memory, in bytes
	cpu  time.Duration
}

// measured runs the program. With gogc the garbage is collected often, so that the peak is near what is held.
func measured(t *testing.T, roots, gogc string, want int, args ...string) used {
	t.Helper()
	cmd := exec.Command("raci-check", args...)
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+roots, "OVH_ACCESS_TOKEN=token", "GOGC="+gogc)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if exit, isExit := err.(*exec.ExitError); err != nil && !isExit || cmd.ProcessState.ExitCode() != want {
		t.Fatalf("%v: %v, %v\n%.2000s", args, err, exit, out.Bytes())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Skip("this system does not tell what a process used")
	}
	return used{int(usage.Maxrss) << 10, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

// A domain that one file of evidence cannot hold is collected whole, in memory that grows with its keys by less than a stated bound
// for each; a second collection of the same changes nothing but its time, and an assessment reads all of it.
func TestLargeDomains(t *testing.T) {
	// Bytes of memory that one more key may take, at the first collection and at a second. A file of evidence takes up to some 150 MiB
	// while it is made, which counts for more where the keys are few.
	gogc, perKey := "50", [2]int{36_000, 40_000}
	keys := 0
	if text := os.Getenv(largeVariable); text != "" {
		var err error
		if keys, err = strconv.Atoi(text); err != nil || keys < 50_000 {
			t.Fatalf("%s=%s: expected is a number of keys from 50000", largeVariable, text)
		}
		gogc, perKey = "", [2]int{14_000, 18_000}
	} else {
		testhelp.Long(t, "collects thousands of keys of each source")
	}
	for _, source := range largeSources {
		t.Run(source.name, func(t *testing.T) {
			large := cmp.Or(keys, source.large)
			small := large / 10
			base := source.collect(t, small, gogc)
			grown := source.collect(t, large, gogc)
			for i, run := range []string{"first", "second"} {
				slope := (grown[i].peak - base[i].peak) / (large - small)
				t.Logf("%s collection: %d keys %d MiB, %d keys %d MiB, %d bytes for each more; %.1f s of CPU",
					run, small, base[i].peak>>20, large, grown[i].peak>>20, slope, grown[i].cpu.Seconds())
				if slope > perKey[i] {
					t.Errorf("%s collection: %d bytes for each more key, expected are at most %d", run, slope, perKey[i])
				}
			}
		})
	}
}

// collect collects a domain of so many keys twice, and looks at what is written.
func (s largeSource) collect(t *testing.T, keys int, gogc string) (runs [2]used) {
	t.Helper()
	pki := collecttest.NewPKI(t)
	address, roots, folder := s.start(t, pki, keys), pki.Authority.File(t), filepath.Join(t.TempDir(), "evidence")
	for i, at := range []string{"2026-11-19", "2026-11-20"} {
		args := append([]string{"collect", "--service-id", largeDomain, "--only", s.section, "--at", at}, s.args(pki, address)...)
		runs[i] = measured(t, roots, gogc, 0, append(args, folder)...)
	}
	s.verify(t, folder, keys)
	assessed := measured(t, roots, gogc, 1, "assess", "--at", "2026-11-20", "--allow-past-at", "--duty", "capacity", folder)
	t.Logf("%d keys: assess of one duty takes %d MiB, %.1f s of CPU", keys, assessed.peak>>20, assessed.cpu.Seconds())
	return runs
}

// verify counts the keys in the files, which are whole and not larger than assess reads.
func (s largeSource) verify(t *testing.T, folder string, keys int) {
	t.Helper()
	names, err := evidence.InFolder("", folder)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	var sizes []string
	for _, name := range names {
		doc, _, err := document.ReadFile("", name, document.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		list, _ := doc.Lookup("/" + s.section + "/" + s.list)
		items, _ := list.([]any)
		for _, item := range items {
			ids[fmt.Sprint(item.(map[string]any)["id"])] = true
		}
		sizes = append(sizes, fmt.Sprintf("%.1f", float64(doc.Size())/(1<<20)))
	}
	for i := range keys {
		if !ids[largeID(i)] {
			t.Fatalf("the key %s of %d is not in the evidence", largeID(i), keys)
		}
	}
	raw, err := os.Stat(filepath.Join(folder, collect.Raw, s.section+".json"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d keys: evidence of %s MiB, raw answers of %.1f MiB", keys, strings.Join(sizes, " + "), float64(raw.Size())/(1<<20))
}
