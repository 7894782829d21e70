package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// A person opens the address that is printed, and ends the command with an interrupt: the exit code is 0.
func TestServeEndsQuietly(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("raci-check", "serve", "--read-only", "--at", "2026-11-20", "--allow-past-at", filepath.Join(root(t), "evidence", "gaps"))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	testhelp.Must(t, err)
	testhelp.Must(t, cmd.Start())
	defer cmd.Process.Kill()
	hanging := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer hanging.Stop()
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("no address is printed: %s", stderr.String())
	}
	jar, err := cookiejar.New(nil)
	testhelp.Must(t, err)
	browser := http.Client{Jar: jar}
	response, err := browser.Get(lines.Text())
	testhelp.Must(t, err)
	page, err := io.ReadAll(response.Body)
	testhelp.Must(t, err)
	testhelp.Must(t, response.Body.Close())
	if response.StatusCode != http.StatusOK || !strings.Contains(string(page), "19 of 21 duties need work") {
		t.Errorf("the first page is %d %.500s", response.StatusCode, page)
	}
	if address := response.Request.URL; address.Hostname() != "127.0.0.1" || address.RawQuery != "" {
		t.Errorf("the token stays in the address: %s", address)
	}
	testhelp.Must(t, cmd.Process.Signal(syscall.SIGINT))
	_, err = io.Copy(io.Discard, out)
	testhelp.Must(t, err)
	if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("the end is not quiet: %v %s", err, stderr.String())
	}
}
