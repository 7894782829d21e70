package cli

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/report"
	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/verify"
)

// verifying is the command verify with its flags.
type verifying struct {
	spoken              language
	streams             Streams
	outs                *outputs
	look                report.Look
	envelope, folder    string
	authorities, policy string // of time stamps
	keys                []string
	threshold           int
	reassess            bool
}

func newVerify(streams Streams) *cobra.Command {
	c := &verifying{streams: streams}
	cmd := &cobra.Command{
		Use:   "verify [flags] --key PUB REPORT.json | ARCHIVE.tar.gz",
		Short: "Verify a signed report and its evidence, and reproduce the report",
		Long: `Verify the output of sign and archive. The steps, in this order, are: the signatures; their time stamps; the digest of the
report; the signed statement. With --tsa-ca, verify that as many of the keys as must have signed have a time stamp of an
authority that these certificates stand for. Without it, a time stamp claims a time, unverified. With --evidence, verify that
every file is unchanged and none is new. With --reassess, repeat the assessment of these files and compare the report, byte
for byte. Steps that were not checked are listed.

The names in a report are relative to the folder in which assess ran. --evidence says where that folder is now. An archive
contains everything it needs.

Exit codes: 0 every requested step passes; 1 a step fails; 2 the question could not be answered.`,
		Example: `  raci-check verify --key preparer.pub report.json
  raci-check verify --key preparer.pub --key approver.pub --evidence . --reassess report.json
  raci-check verify --key preparer.pub --tsa-ca tsa-root.pem report.json
  raci-check verify --key preparer.pub --reassess report.tar.gz`,
		Args: func(_ *cobra.Command, args []string) error { return c.check(args) },
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&c.envelope, "attestation", "", "`file` of the envelope (default the report's name with "+attest.Suffix+")")
	flags.StringArrayVar(&c.keys, "key", nil, "public key in `file`, PKIX PEM; repeatable; all of them must have signed, or as many as --threshold says")
	flags.IntVar(&c.threshold, "threshold", 0, "how many of the keys must have signed (default: all)")
	flags.StringVar(&c.folder, "evidence", "", "`folder` in which assess ran, or its new place; the names in the report are relative to it")
	flags.BoolVar(&c.reassess, "reassess", false, "repeat the assessment and compare it with the report")
	flags.StringVar(&c.authorities, "tsa-ca", "", "certificates in `file`, PEM, of the authorities whose time is trusted; verify the time stamps of the signatures")
	flags.StringVar(&c.policy, "tsa-policy", "", "`OID` of the policy that the time stamps must have been issued under")
	c.outs = outputFlag(flags, "verification", report.Verifications)
	colorFlag(flags, &c.look.Color, "text")
	c.spoken.register(flags)
	return cmd
}

func (c *verifying) check(args []string) error {
	switch {
	case len(args) != 1:
		return errors.New("name one report, or one archive")
	case len(c.keys) == 0:
		return errors.New("name the public key of each required signer: --key PUB")
	case verify.IsArchive(args[0]) && (c.envelope != "" || c.folder != ""):
		return errors.New("an archive contains its attestation and its evidence: leave out --attestation and --evidence")
	case !verify.IsArchive(args[0]) && c.reassess && c.folder == "":
		return errors.New("--reassess needs the evidence: give its folder with --evidence")
	case c.policy != "" && c.authorities == "":
		return errors.New("--tsa-policy is verified with the time stamps: give the authority's certificate with --tsa-ca")
	}
	return nil
}

func (c *verifying) run(ctx context.Context, name string) error {
	speaks, err := c.spoken.open(c.streams)
	if err != nil {
		return err
	}
	request, remove, err := readRequest(name, c.envelope)
	if err != nil {
		return err
	}
	defer remove()
	request.Threshold, request.Reassess = c.threshold, c.reassess
	request.Evidence = cmp.Or(c.folder, request.Evidence)
	if request.Keys, err = signature.ReadPublics(c.keys); err != nil {
		return err
	}
	if c.authorities != "" {
		if request.Authorities, err = verify.ReadAuthorities(c.authorities); err != nil {
			return err
		}
	}
	request.Policy, request.Now = c.policy, c.streams.Now()
	result, err := verify.Verify(ctx, request)
	if err != nil {
		return err
	}
	to := report.Destination{Out: c.streams.Out, Outputs: c.outs.list, Look: c.look, Language: speaks}
	if err := report.Publish(ctx, report.Verifications, result, to, c.streams.Err); err != nil {
		return err
	}
	switch result.Result {
	case verify.Holds:
		return nil
	case verify.Fails:
		return &verdictError{exitBad}
	default:
		return &verdictError{exitFail}
	}
}

// readRequest reads what is to be verified by the policies of this program, a report or an archive. What was unpacked is removed
// when it is no longer needed.
func readRequest(name, envelope string) (request verify.Request, remove func(), err error) {
	if remove = func() {}; verify.IsArchive(name) {
		request, remove, err = verify.ReadArchive(name)
	} else {
		request, err = verify.Read(name, envelope)
	}
	if err != nil {
		return request, nil, err
	}
	request.Tool = tool()
	if request.Worker, err = worker(); err == nil {
		request.Rules, err = (&rulesFlags{}).open()
	}
	if err != nil {
		remove()
	}
	return request, remove, err
}
