package cli

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/selfcheck"
	"github.com/raci-check/raci-check/internal/signature"
)

func newSelfCheck(streams Streams) *cobra.Command {
	var (
		request  selfcheck.Request
		keys     []string
		envelope string
	)
	cmd := &cobra.Command{
		Use:   "self-check [flags] --key PUB CHECKSUMS",
		Short: "Check this program against a signed list of checksums",
		Long: `Check the file of the running program against a list as sha256sum writes it, which raci-check sign --checksums signed. The
signatures are verified first. Then the program's SHA-256 must be in the list. The list must name programs: a list of archives
does not cover the files in them.

A program that was changed can lie about itself. This finds damage, mistakes and old versions. Against an attacker, compare
the digest with another program.

Exit codes: 0 the program is in the list, and the list is signed; 1 it is not, or the signature is not accepted; 2 the question
could not be answered.`,
		Example: "  raci-check self-check --key publisher.pub SHA256SUMS",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return errors.New("name one list of checksums, such as SHA256SUMS")
			case len(keys) == 0:
				return errors.New("name the public key of each required signer: --key PUB; get it from the publisher, not from where the list is")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) (err error) {
			request.Name = args[0]
			if request.List, err = safefile.Read(request.Name, selfcheck.MaxList); err != nil {
				return fmt.Errorf("read checksums: %w", err)
			}
			if request.Envelope, err = signature.ReadFile(cmp.Or(envelope, request.Name+attest.Suffix)); err != nil {
				return fmt.Errorf("read the signatures of the list: %w: put them beside the list, or name their file with --attestation", err)
			}
			if request.Keys, err = signature.ReadPublics(keys); err != nil {
				return err
			}
			if request.Program, err = selfcheck.Self(); err != nil {
				return err
			}
			result, err := selfcheck.Check(request)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprint(streams.Out, sanitize.Lines(result.Text())); err != nil {
				return err
			}
			if !result.Passes() {
				return &verdictError{exitBad}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&keys, "key", nil, "public key in `file`, PKIX PEM; repeatable; all of them must have signed, or as many as --threshold says")
	flags.IntVar(&request.Threshold, "threshold", 0, "how many of the keys must have signed (default: all)")
	flags.StringVar(&envelope, "attestation", "", "`file` of the signatures (default the list's name with "+attest.Suffix+")")
	return cmd
}
