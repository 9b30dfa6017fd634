-- SendMessage of 1 KiB, in the Query protocol, which every side speaks. Arguments: the queue's path, milliseconds to wait before each request.
local wait = 0
local failed = 0
local counters = {}

function setup(thread) table.insert(counters, thread) end

function init(args)
    wait = tonumber(args[2] or "0")
    wrk.method, wrk.path = "POST", args[1]
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
    wrk.body = "Action=SendMessage&Version=2012-11-05&MessageBody=" .. string.rep("x", 1024)
    request_text = wrk.format()
    refused = 0
end

function request() return request_text end

function delay() return wait end

function response(status) if status ~= 200 then refused = refused + 1 end end

function done(summary, latency)
    for _, thread in ipairs(counters) do failed = failed + thread:get("refused") end
    io.write(string.format("FIGURES %.0f %.2f %d\n", summary.requests / summary.duration * 1e6, latency:percentile(99) / 1000,
        failed + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
