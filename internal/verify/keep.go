package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/targz"
)

// The members of an archive that keeps a report.
const (
	keptReport   = "report.json"
	keptEnvelope = "attestation" + attest.Suffix
	keptInputs   = "inputs"        // the files that the report rests on, by their names
	keptPolicies = "policies"      // a tree as Ruleset opens it; its tests are left out, they decide nothing
	keptBundle   = "bundle.tar.gz" // the same rules for Open Policy Agent
	keptSamples  = "samples"       // worksheets that auditors filled in, each by its digest; they came after the signatures
)

// MaxReport is the largest report that is signed or verified, in bytes: as much as an archive may hold.
const MaxReport = 1 << 30

// keptLimits bound an archive that is read or written.
var keptLimits = targz.Limits{Files: 200_000, Bytes: MaxReport, FilesOnly: true}

// IsArchive reports whether a file of that name is read as an archive.
func IsArchive(name string) bool {
	return strings.HasSuffix(name, ".tar.gz") || strings.HasSuffix(name, ".tgz")
}

// ErrKept says that an archive is not one of a report, or that one cannot be made.
var ErrKept = errors.New("cannot keep this report")

// Keep writes report, envelope, its Sigstore bundles with their time stamps, the files below the request's folder, its policies and the bundle that is made of them into one
// archive: the same input makes the same bytes. Nothing is kept that would not verify later; only the signatures are left
// to whoever has the keys. There is no bundle of a report that was put together from others.
func Keep(ctx context.Context, w io.Writer, r Request) error {
	v, err := Verify(ctx, r)
	if err != nil {
		return err
	}
	for _, step := range v.Steps {
		if step.State == Fails || step.State == Unanswered {
			reasons := []string{step.Detail}
			for _, p := range step.Problems {
				reasons = append(reasons, p.Name+": "+p.What)
			}
			return fmt.Errorf("%w: %s: %s", ErrKept, step.Name, strings.Join(reasons, "\n"))
		}
	}
	a, err := assessment.Read(r.Name, bytes.NewReader(r.Report))
	if err != nil {
		return err
	}
	members, err := membersOf(a, r)
	if err != nil {
		return err
	}
	made, err := r.bundleOf(a)
	if err != nil {
		return err
	}
	if made != nil {
		var content bytes.Buffer
		if err := made.Write(&content); err != nil {
			return err
		}
		members = append(members, inMemory(keptBundle, content.Bytes()))
	}
	slices.SortFunc(members, func(x, y kept) int { return strings.Compare(x.name, y.name) })
	var total int64
	out := targz.NewWriter(w)
	for _, m := range members {
		content, size, err := m.open()
		if err != nil {
			return fmt.Errorf("keep %s: %w", m.name, err)
		}
		if total += size; total > keptLimits.Bytes || len(members) > keptLimits.Files {
			tooLarge := fmt.Errorf("%w: it would be larger than %d files or %d MiB", ErrKept, keptLimits.Files, keptLimits.Bytes>>20)
			return errors.Join(tooLarge, content.Close())
		}
		if err := errors.Join(out.Add(m.name, size, content), content.Close()); err != nil {
			return err
		}
	}
	return out.Close()
}

type kept struct {
	name string
	open func() (io.ReadCloser, int64, error)
}

func inMemory(name string, data []byte) kept {
	return kept{name, func() (io.ReadCloser, int64, error) {
		return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
	}}
}

// membersOf lists what is kept besides the bundle.
func membersOf(a *assessment.Assessment, r Request) ([]kept, error) {
	all := []kept{inMemory(keptReport, r.Report), inMemory(keptEnvelope, r.Envelope)}
	for i, content := range r.Bundles {
		if content != nil {
			all = append(all, inMemory(attest.BundleName(keptEnvelope, i), content))
		}
	}
	files, err := attest.Files(a)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		all = append(all, kept{path.Join(keptInputs, file.Path), func() (io.ReadCloser, int64, error) {
			folder, err := safefile.OpenFolder(r.Evidence)
			if err != nil {
				return nil, 0, err
			}
			defer folder.Close()
			in, info, err := folder.Open(file.Path)
			if err != nil {
				return nil, 0, err
			}
			return in, info.Size(), nil
		}})
	}
	rules, err := ruleset.Open(r.Policies, r.Rules.Root())
	if err != nil {
		return nil, err
	}
	err = rules.Each(func(name string, data []byte) error {
		all = append(all, inMemory(path.Join(keptPolicies, name), data))
		return nil
	})
	return all, err
}

// Unpack unpacks an archive into an empty folder, and answers the request to verify what it holds. An archive with more or other
// members than one of a report has is refused before the first is written.
func Unpack(r io.ReadSeeker, folder string) (Request, error) {
	err := targz.Walk(r, keptLimits, func(name string, _ io.Reader) error { return checkMember(name) })
	if err != nil {
		return Request{}, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return Request{}, fmt.Errorf("unpack: %w", err)
	}
	root, err := safefile.OpenFolder(folder)
	if err != nil {
		return Request{}, fmt.Errorf("unpack: %w", err)
	}
	defer root.Close()
	for _, name := range []string{keptInputs, keptPolicies, keptSamples} {
		if err := root.Mkdir(name); err != nil {
			return Request{}, fmt.Errorf("unpack: %w", err)
		}
	}
	err = targz.Walk(r, keptLimits, func(name string, content io.Reader) error {
		if err := root.Unpack(name, content); err != nil {
			return fmt.Errorf("unpack %q: %w", name, err)
		}
		return nil
	})
	if err != nil {
		return Request{}, err
	}
	k := Request{Evidence: filepath.Join(folder, keptInputs), Closed: true, Policies: os.DirFS(filepath.Join(folder, keptPolicies))}
	for name, into := range map[string]*[]byte{keptReport: &k.Report, keptEnvelope: &k.Envelope} {
		if *into, err = root.Read(name, keptLimits.Bytes); err != nil {
			return Request{}, fmt.Errorf("%w: there is no %s in the archive", ErrKept, name)
		}
	}
	for i := range attest.MaxBundles {
		content, err := root.Read(attest.BundleName(keptEnvelope, i), keptLimits.Bytes)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Request{}, fmt.Errorf("unpack: %w", err)
		}
		k.Bundles = append(k.Bundles, content)
	}
	if k.Bundle, err = root.Read(keptBundle, keptLimits.Bytes); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Request{}, fmt.Errorf("unpack: %w", err)
	}
	k.Samples, err = readSamples(root)
	return k, err
}

// checkMember refuses what an archive of a report does not have.
func checkMember(name string) error {
	top, rest, below := strings.Cut(name, "/")
	if below && (top == keptInputs || top == keptPolicies || top == keptSamples && sampleName.MatchString(rest)) || slices.Contains([]string{keptReport, keptEnvelope, keptBundle}, name) {
		return nil
	}
	for i := range attest.MaxBundles {
		if name == attest.BundleName(keptEnvelope, i) {
			return nil
		}
	}
	return fmt.Errorf("%w: an archive of a report has no %q", ErrKept, name)
}
