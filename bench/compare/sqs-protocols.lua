-- The requests of SQS in its two protocols, Query and JSON, and what is read out of the answers.
local function escaped(text) return (text:gsub("[^%w%-_.~]", function(c) return string.format("%%%02X", c:byte()) end)) end

local body = string.rep("x", 1024)

local function query(path)
    local headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }
    local function post(text) return wrk.format("POST", path, headers, text .. "&Version=2012-11-05") end
    local function entries(action, entry)
        local text = { "Action=" .. action .. "Batch" }
        for i = 1, 10 do
            local name = "&" .. action .. "BatchRequestEntry." .. i .. "."
            text[#text + 1] = name .. "Id=" .. i .. name .. entry(i)
        end
        return post(table.concat(text))
    end
    return {
        send = post("Action=SendMessage&MessageBody=" .. body),
        send_ten = entries("SendMessage", function() return "MessageBody=" .. body end),
        receive_ten = post("Action=ReceiveMessage&MaxNumberOfMessages=10"),
        delete_ten = function(handle) return entries("DeleteMessage", function(i) return "ReceiptHandle=" .. escaped(handle(i)) end) end,
        handles = "<ReceiptHandle>([^<]*)</ReceiptHandle>",
        deleted = "<DeleteMessageBatchResultEntry>",
    }
end

local function json(url)
    local function post(action, text)
        return wrk.format("POST", "/", { ["Content-Type"] = "application/x-amz-json-1.0", ["X-Amz-Target"] = "AmazonSQS." .. action }, '{"QueueUrl":"' .. url .. '",' .. text .. "}")
    end
    local function entries(action, entry)
        local text = {}
        for i = 1, 10 do text[i] = '{"Id":"' .. i .. '",' .. entry(i) .. "}" end
        return post(action .. "Batch", '"Entries":[' .. table.concat(text, ",") .. "]")
    end
    return {
        send = post("SendMessage", '"MessageBody":"' .. body .. '"'),
        send_ten = entries("SendMessage", function() return '"MessageBody":"' .. body .. '"' end),
        receive_ten = post("ReceiveMessage", '"MaxNumberOfMessages":10'),
        delete_ten = function(handle) return entries("DeleteMessage", function(i) return '"ReceiptHandle":"' .. handle(i) .. '"' end) end,
        handles = '"ReceiptHandle":"([^"]*)"',
        deleted = '"Id":',
    }
end

-- Arguments of both scripts: query or json, then the queue's path or URL. Call it in init: only there is the host known.
function protocol_of(args) return (args[1] == "json" and json or query)(args[2]) end

-- The line that the caller reads: rate, 99th percentile in ms, requests that failed.
function print_figures(count, summary, latency, refused)
    local errors = summary.errors
    io.write(string.format("FIGURES %.0f %.2f %d\n", count / summary.duration * 1e6, latency:percentile(99) / 1000,
        refused + errors.connect + errors.read + errors.write + errors.timeout))
end
