-- Asks for each line of a file in turn, with the cookie that is its first line; one JSON object at the end.
local paths, n = {}, 0
local threads = {}
bad = 0

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  local lines = io.lines(args[1])
  wrk.headers["Cookie"] = lines()
  for line in lines do
    paths[#paths + 1] = line
  end
end

function request()
  n = n % #paths + 1
  return wrk.format("GET", paths[n])
end

function response(status)
  if status ~= 200 then
    bad = bad + 1
  end
end

function done(summary, latency)
  local turned = 0
  for _, thread in ipairs(threads) do
    turned = turned + thread:get("bad")
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.3f, "p50_ms": %.2f, "p95_ms": %.2f, "max_ms": %.2f, "bad": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency.max / 1e3, turned + errors.connect + errors.read + errors.write + errors.timeout
  ))
end
