package cli

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verify"
	"github.com/raci-check/raci-check/policies"
)

func newArchive(streams Streams) *cobra.Command {
	var envelope, folder, file string
	cmd := &cobra.Command{
		Use:   "archive [flags] -o FILE.tar.gz REPORT.json",
		Short: "Archive a signed report with everything needed to verify it",
		Long: `Write a signed report, its attestation, every file that it rests on and its policies into one archive. The policies are
included as a bundle for Open Policy Agent too. verify reads the archive as it is, offline and years later. The same input
gives the same bytes. A report that would not verify is not archived, for example because a file or its policies changed.
archive does not check the signatures, because only verify has the keys.

Exit codes: 0 written; 2 not written, with the reason.`,
		Example: "  raci-check archive -o report.tar.gz report.json",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return errors.New("name one report: a file that assess -o json=FILE wrote and sign signed")
			case !verify.IsArchive(file):
				return errors.New("name the archive: -o FILE.tar.gz")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			request, err := verify.Read(args[0], envelope)
			if err != nil {
				return err
			}
			if err := sayEarlier(streams, args[0], request.Report); err != nil {
				return err
			}
			request.Evidence, request.Policies = folder, policies.FS
			if request.Rules, err = (&rulesFlags{}).open(); err != nil {
				return err
			}
			var archive bytes.Buffer
			if err := verify.Keep(cmd.Context(), &archive, request); err != nil {
				return err
			}
			if err := safefile.WritePrivate(file, archive.Bytes()); err != nil {
				return fmt.Errorf("write archive: %w", err)
			}
			_, err = fmt.Fprintf(streams.Out, "%s\nnext: raci-check verify --key PUB %s, with the public key of each signer, which keygen wrote beside the private one\n",
				sanitize.Text(fmt.Sprintf("%s: %d bytes", file, archive.Len())), sanitize.Text(file))
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&envelope, "attestation", "", "`file` of the envelope (default the report's name with "+attest.Suffix+")")
	flags.StringVar(&folder, "evidence", ".", "`folder` in which assess ran; the names in the report are relative to it")
	flags.StringVarP(&file, "output", "o", "", "`file` to write, *.tar.gz")
	return cmd
}
