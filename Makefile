# Everything a contributor needs; no logic of its own.
.PHONY: check generate test race lint demo

check: lint test            ## what must be green before a commit

lint:
	test -z "$$(gofmt -l .)"
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

test:
	go test ./...

race:
	go test -race ./...

generate:                   ## rewrite what is generated; the diff is reviewed
	go generate ./...

demo:
	go run ./cmd/bonafide demo
