package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
)

// A recording that is interrupted while a server does not answer, in whatever way, says that it is incomplete, and is not replayed.
func TestAnInterruptedRecordingIsRefused(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, os.Kill} {
		t.Run(signal.String(), func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			p, folder := collecttest.NewPKI(t), t.TempDir()
			session, evidence := filepath.Join(folder, "session"), filepath.Join(folder, "evidence")
			cmd := exec.Command("raci-check", "collect", "--service-id", "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "--kmip-endpoint", listener.Addr().String(),
				"--kmip-cert", p.Client.Cert, "--kmip-key", p.Client.Key, "--record", session, evidence)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			conn, err := listener.Accept() // the handshake waits for an answer
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err == nil {
				t.Error("it exits with 0")
			}
			content, err := os.ReadFile(filepath.Join(session, "session.json"))
			if err != nil || !bytes.Contains(content, []byte(`"complete": false`)) {
				t.Errorf("the index is %s, %v", content, err)
			}
			replay := exec.Command("raci-check", "collect", "--replay", session, evidence)
			var stderr bytes.Buffer
			replay.Stderr = &stderr
			_ = replay.Run() // its exit code is looked at
			if code := replay.ProcessState.ExitCode(); code != 2 || !strings.Contains(stderr.String(), "the session is incomplete") || strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("exit code %d: %s", code, stderr.String())
			}
			if names, err := filepath.Glob(filepath.Join(evidence, "[^.]*")); err != nil || len(names) > 0 { // but for the lock of a killed run
				t.Errorf("%v is written, %v", names, err)
			}
		})
	}
}
