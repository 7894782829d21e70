package policies_test

import (
	"testing"

	"github.com/raci-check/raci-check/internal/testhelp"
)

func TestMain(m *testing.M) { testhelp.CollectSeldom(m) }
