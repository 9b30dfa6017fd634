-- The whole way of messages, ten at a time: SendMessageBatch, ReceiveMessage, DeleteMessageBatch of what was received. A message counts when it is deleted.
local threads = {}

function setup(thread) table.insert(threads, thread) end

function init(args)
    wrk.method, wrk.path = "POST", args[1]
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
    local send = "Action=SendMessageBatch&Version=2012-11-05"
    for i = 1, 10 do
        local entry = "&SendMessageBatchRequestEntry." .. i
        send = send .. entry .. ".Id=" .. i .. entry .. ".MessageBody=" .. string.rep("x", 1024)
    end
    send_text = wrk.format(nil, nil, nil, send)
    receive_text = wrk.format(nil, nil, nil, "Action=ReceiveMessage&Version=2012-11-05&MaxNumberOfMessages=10")
    received, first, last = {}, 1, 0
    turn, deleted, refused = 0, 0, 0
end

local function escaped(text) return (text:gsub("[^%w%-_.~]", function(c) return string.format("%%%02X", c:byte()) end)) end

-- What was received goes first; sends and receives take turns.
function request()
    if last - first >= 9 then
        local body = "Action=DeleteMessageBatch&Version=2012-11-05"
        for i = 1, 10 do
            local entry = "&DeleteMessageBatchRequestEntry." .. i
            body = body .. entry .. ".Id=" .. i .. entry .. ".ReceiptHandle=" .. escaped(received[first])
            received[first] = nil
            first = first + 1
        end
        return wrk.format(nil, nil, nil, body)
    end
    turn = turn + 1
    return turn % 2 == 1 and send_text or receive_text
end

function response(status, _, body)
    if status ~= 200 then
        refused = refused + 1
    elseif body:find("<ReceiveMessageResult>", 1, true) then
        for handle in body:gmatch("<ReceiptHandle>([^<]*)</ReceiptHandle>") do
            last = last + 1
            received[last] = handle
        end
    elseif body:find("DeleteMessageBatchResponse", 1, true) then
        local _, count = body:gsub("<DeleteMessageBatchResultEntry>", "")
        deleted = deleted + count
    end
end

function done(summary, latency)
    local sum, failed = 0, 0
    for _, thread in ipairs(threads) do
        sum = sum + thread:get("deleted")
        failed = failed + thread:get("refused")
    end
    io.write(string.format("FIGURES %.0f %.2f %d\n", sum / summary.duration * 1e6, latency:percentile(99) / 1000,
        failed + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
