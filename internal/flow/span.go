package flow

import (
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// duration reads a duration.
func (r *reader) duration(n ast.Node, what string) time.Duration {
	s, _ := scalar(n)
	d, ok := span(s)
	if !ok {
		r.at(n, "%s must be a duration such as 90s, 15m, 1h30m or 30d", what)
	}
	return d
}

// short writes a duration as a flow does.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// span reads "90s", "15m", "1h30m" or whole days, "30d".
func span(s string) (time.Duration, bool) {
	d, err := time.ParseDuration(s)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var count int
		count, err = strconv.Atoi(days)
		if count > 36500 {
			count = 0
		}
		d = time.Duration(count) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		return 0, false
	}
	return d, true
}
