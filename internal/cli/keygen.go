package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/signature"
)

func newKeygen(streams Streams) *cobra.Command {
	algorithm, name := signature.Algorithms[0], ""
	cmd := &cobra.Command{
		Use:   "keygen [flags] -o NAME",
		Short: "Create a key pair to sign reports with",
		Long: `Create a key pair: NAME.key, the private key for signing (PKCS#8 PEM, mode 0600), and NAME.pub, the public key for
verifying (PKIX PEM). Use the holder's name: reports show signers by the name of the public key's file. Existing files are
never overwritten.

Exit codes: 0 written; 2 not written, with the reason.`,
		Example: "  raci-check keygen -o preparer",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case name == "" && len(args) == 1:
				return fmt.Errorf("name the key pair with -o: raci-check keygen -o %s", args[0])
			case name == "" || len(args) > 0:
				return errors.New("name the key pair: -o NAME writes NAME.key and NAME.pub")
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error {
			key, err := signature.Generate(algorithm)
			if err != nil {
				return err
			}
			if err := key.WriteNew(name); err != nil {
				return err
			}
			_, err = fmt.Fprintln(streams.Out, sanitize.Text(fmt.Sprintf("%s%s: keep it secret; %s%s: give it to the verifier, key id %s",
				name, signature.PrivateSuffix, name, signature.PublicSuffix, key.Public().ID)))
			return err
		},
	}
	cmd.Flags().Var(choice{value: &algorithm, choices: signature.Algorithms, kind: "algorithm"}, "alg", "algorithm of the key")
	cmd.Flags().StringVarP(&name, "output", "o", "", "`name` of the files, without .key and .pub")
	return cmd
}
