package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"raci-check/internal/assess"
	"raci-check/internal/assessment"
	"raci-check/internal/attest"
	"raci-check/internal/bundle"
	"raci-check/internal/ruleset"
	"raci-check/internal/signature"
	"raci-check/policies"
)

func newVerify(streams Streams) *cobra.Command {
	var (
		outs     = outputs{known: names(verifications)}
		color    = colorChoice()
		request  attest.Request
		envelope string
		keys     []string
		reassess bool
	)
	cmd := &cobra.Command{
		Use:   "verify [flags] --key PUB REPORT.json | ARCHIVE.tar.gz",
		Short: "Verify a signed report and its evidence, and reproduce the report",
		Long: `Verify the output of sign and archive. The steps, in this order, are: the signatures; the digest of the report; the signed
statement. With --evidence, verify that every file is unchanged and none is new. With --reassess, repeat the assessment of
these files and compare the report, byte for byte. Steps that were not checked are listed.

The names in a report are relative to the folder in which assess ran. --evidence says where that folder is now. An archive
contains everything it needs.

Exit codes: 0 every requested step passes; 1 a step fails; 2 the question could not be answered.`,
		Example: `  raci-check verify --key preparer.pub report.json
  raci-check verify --key preparer.pub --key approver.pub --evidence . --reassess report.json
  raci-check verify --key preparer.pub --reassess report.tar.gz`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return errors.New("name one report, or one archive")
			case len(keys) == 0:
				return errors.New("name the public key of each required signer: --key PUB")
			case isArchive(args[0]) && (envelope != "" || request.Evidence != ""):
				return errors.New("an archive contains its attestation and its evidence: leave out --attestation and --evidence")
			case !isArchive(args[0]) && reassess && request.Evidence == "":
				return errors.New("--reassess needs the evidence: give its folder with --evidence")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if request.Keys, err = signature.ReadPublics(keys); err != nil {
				return err
			}
			request.Name = args[0]
			var archived fs.FS // policies of an archive
			if isArchive(args[0]) {
				folder, err := os.MkdirTemp("", "raci-check-*")
				if err != nil {
					return fmt.Errorf("unpack: %w", err)
				}
				defer os.RemoveAll(folder)
				kept, err := unpack(args[0], folder)
				if err != nil {
					return err
				}
				request.Name += "/" + attest.KeptReport
				archived = kept.Policies
				request.Report, request.Envelope, request.Evidence, request.Closed = kept.Report, kept.Envelope, kept.Inputs, true
				request.Policies = func(a *assessment.Assessment) error { return samePolicies(archived, kept.Inputs, a) }
				if request.Tool = tool(); kept.Bundle != nil {
					request.Bundle = func(ctx context.Context, a *assessment.Assessment) (bool, error) {
						return sameBundle(ctx, kept, a)
					}
				}
			} else if err := readSigned(&request, envelope); err != nil {
				return err
			}
			if reassess {
				request.Reassess = func(ctx context.Context, a *assessment.Assessment) ([]byte, error) {
					return again(ctx, archived, request.Evidence, a)
				}
			}
			result, err := attest.Verify(cmd.Context(), request)
			if err != nil {
				return err
			}
			if err := write(cmd.Context(), streams, verifications, result, outs.list, style{color: color}); err != nil {
				return err
			}
			switch result.Result {
			case attest.Holds:
				return nil
			case attest.Fails:
				return &verdictError{exitBad}
			default:
				return &verdictError{exitFail}
			}
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&envelope, "attestation", "", "`file` of the envelope (default the report's name with "+attest.Suffix+")")
	flags.StringArrayVar(&keys, "key", nil, "public key in `file`, PKIX PEM; repeatable; all of them must have signed, or as many as --threshold says")
	flags.IntVar(&request.Threshold, "threshold", 0, "how many of the keys must have signed (default: all)")
	flags.StringVar(&request.Evidence, "evidence", "", "`folder` in which assess ran, or its new place; the names in the report are relative to it")
	flags.BoolVar(&reassess, "reassess", false, "repeat the assessment and compare it with the report")
	flags.VarP(&outs, "output", "o", "verification to write: "+listed(names(verifications))+"; to standard output, or to `FORMAT=FILE`; repeatable (default text)")
	flags.Var(color, "color", "colour of the text; auto means: on a terminal, unless NO_COLOR is set")
	return cmd
}

func isArchive(name string) bool {
	return strings.HasSuffix(name, ".tar.gz") || strings.HasSuffix(name, ".tgz")
}

// readSigned reads the report and its envelope.
func readSigned(request *attest.Request, envelope string) (err error) {
	if request.Report, err = os.ReadFile(request.Name); err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	envelope = cmp.Or(envelope, request.Name+attest.Suffix)
	if request.Envelope, err = signature.ReadFile(envelope); err != nil {
		return fmt.Errorf("read attestation: %w", err)
	}
	return nil
}

func unpack(name, folder string) (*attest.Kept, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	defer file.Close()
	kept, err := attest.Unpack(file, folder)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return kept, nil
}

// samePolicies holds a tree of policies, and what the report says was added to it, against the report.
func samePolicies(tree fs.FS, inputs string, a *assessment.Assessment) error {
	rules, err := ruleset.Open(tree, policies.OKMS)
	if err != nil {
		return err
	}
	if rules, err = assess.Added(rules, inputs, a); err != nil {
		return err
	}
	return assess.SameRules(rules, a)
}

// bundleOf makes the bundle of the rules that a report was made by, of a tree of policies and what lies in the folder of the
// report's inputs, and answers its revision. There is none of a report that was put together from others: its parameters may
// come from a file that it does not name.
func bundleOf(tree fs.FS, inputs string, a *assessment.Assessment) (content []byte, revision string, err error) {
	if a.Inputs == nil {
		return nil, "", nil
	}
	rules, err := ruleset.Open(tree, policies.OKMS)
	if err != nil {
		return nil, "", err
	}
	if rules, err = assess.Added(rules, inputs, a); err != nil {
		return nil, "", err
	}
	options := assess.Options{Reading: a.Catalog.Reading, Profiles: a.Policies.Profiles}
	for _, file := range a.Inputs.Params {
		options.Params = filepath.Join(inputs, filepath.FromSlash(file.Path))
	}
	built, err := buildBundle(rules, options)
	if err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	err = built.Write(&out)
	return out.Bytes(), built.Revision, err
}

// sameBundle reports whether the bundle of an archive is what its policies make here.
func sameBundle(ctx context.Context, kept *attest.Kept, a *assessment.Assessment) (bool, error) {
	_, revision, err := bundleOf(kept.Policies, kept.Inputs, a)
	if err != nil {
		return false, err
	}
	held, err := bundle.Verify(ctx, kept.Bundle, nil)
	return err == nil && held.Revision == revision, err
}

// again makes an assessment again in a folder. Its names are relative to that folder, so that is where it has to be done. The
// policies of an archive are used where those of this program are others.
func again(ctx context.Context, archived fs.FS, folder string, a *assessment.Assessment) (report []byte, err error) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		return nil, err
	}
	if archived != nil && samePolicies(policies.FS, folder, a) != nil {
		if rules, err = ruleset.Open(archived, policies.OKMS); err != nil {
			return nil, err
		}
		rules = rules.Foreign()
	}
	options := assess.Options{Tool: tool()}
	if options.Worker, err = worker(); err != nil {
		return nil, err
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the working folder: %w", err)
	}
	if err := os.Chdir(folder); err != nil {
		return nil, fmt.Errorf("open the folder of the evidence: %w", err)
	}
	defer func() { err = errors.Join(err, os.Chdir(here)) }()
	return assess.Again(ctx, rules, options, a)
}
