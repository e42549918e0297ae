-- Sends one request again and again, and prints what was measured as one line of JSON.
local request = io.open(os.getenv("REQUEST")):read("a")

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("KEY")
wrk.body = request

function done(summary, latency)
    local errors = summary.errors
    local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    print(string.format('{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "bad": %d, "bytes": %d}', summary.requests,
        summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, bad, summary.bytes))
end
