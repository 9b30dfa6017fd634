using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Posthorn.Engine;
using Posthorn.Protocols.Sqs;
using Posthorn.Protocols.Sqs.Json;
using Posthorn.Protocols.Sqs.Query;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>Takes requests of both protocols: reads, identifies, has them done, and answers, whatever comes of it.</summary>
/// <remarks>
/// Diagnostics: a refusal is answered with its code; a full disk or queue is 503, which clients try again; a failed engine is 503 too; anything else is
/// 500 and logged. Limits: a request has at most <see cref="SqsLimits.RequestBytesMax"/> bytes; larger messages go in under <c>/v1</c>.
/// </remarks>
internal sealed class SqsGate(SqsContext context)
{
    private const string TargetPrefix = "AmazonSQS.";

    public async Task HandleAsync(HttpContext http)
    {
        var requestId = Guid.NewGuid().ToString();
        var target = http.Request.Headers["X-Amz-Target"].ToString();
        var isJson = target.Length > 0;
        using var request = new PooledBuffer();
        using var response = new PooledBuffer();
        using var answer = SqsAnswer.Create(isJson, response);
        http.Response.Headers["x-amzn-RequestId"] = requestId;
        try
        {
            await ReadAsync(http, request);
            var caller = context.Signatures.Identify(http, request.Written.Span);
            if (Parse(http, target, request.Written) is not { } call)
            {
                await AnswerUnknownAsync(http, response);
                return;
            }
            call.CheckRequired();
            await SqsDispatch.RunAsync(new SqsExchange(context, http, call, caller, answer));
            answer.End(requestId);
            context.Metrics.Answered(call.Action);
            await SendAsync(http, StatusCodes.Status200OK, answer.ContentType, response);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller went away; nobody is left to be told.
        }
        catch (Exception e)
        {
            response.Clear();
            await RefuseAsync(http, Refusal(http, e), isJson, requestId, response);
        }
    }

    private static async ValueTask ReadAsync(HttpContext http, PooledBuffer to)
    {
        if (http.Request.ContentLength is { } length)
        {
            if (length > SqsLimits.RequestBytesMax)
                throw TooLarge();
            to.Reserve((int)length);
        }
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            if (to.Length + read.Buffer.Length > SqsLimits.RequestBytesMax)
                throw TooLarge();
            foreach (var segment in read.Buffer)
                to.Write(segment.Span);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    /// <summary>The call; null when it names no action.</summary>
    private static SqsCall? Parse(HttpContext http, string target, Memory<byte> body)
    {
        SqsCall? call;
        if (target.Length > 0)
        {
            var name = target.StartsWith(TargetPrefix, StringComparison.Ordinal) ? target.AsSpan(TargetPrefix.Length) : target;
            call = SqsJsonReader.Read(SqsActions.TryFind(name, out var action) && name.Length < target.Length ? action : throw SqsErrors.NoAction(name.ToString()), body);
        }
        else
        {
            var query = http.Features.Get<IHttpRequestFeature>()!.QueryString;
            call = SqsQueryReader.Read(System.Text.Encoding.UTF8.GetBytes(query.TrimStart('?')), body);
        }
        if (call is null || !QueueUrls.IsQueuePath(http.Request.Path))
            return call;
        if (call.Action is SqsAction.CreateQueue or SqsAction.ListQueues)
            throw SqsErrors.NoAction(call.Action.ToString());
        if (string.IsNullOrEmpty(call.QueueUrl))
            call.QueueUrl = http.Request.Path;
        return call;
    }

    private SqsException Refusal(HttpContext http, Exception exception)
    {
        switch (exception)
        {
            case SqsException e:
                return e;
            case BadHttpRequestException e:
                return e.StatusCode == StatusCodes.Status413PayloadTooLarge ? TooLarge() : new SqsException(SqsErrors.MalformedQueryString, e.Message);
            case QueueFullException { IsMessageTooLarge: true }:
                return SqsErrors.Invalid(exception.Message);
            case StorageFullException or EngineFailedException or QueueFullException:
                return new SqsException(SqsErrors.ServiceUnavailable, exception.Message);
            default:
                SqsLog.Failed(context.Logger, exception, http.Request.Method, http.Request.Path);
                return new SqsException(SqsErrors.InternalFailure, "The server could not do it, and its log says why.");
        }
    }

    private async Task RefuseAsync(HttpContext http, SqsException error, bool isJson, string requestId, PooledBuffer response)
    {
        using var answer = SqsAnswer.Create(isJson, response);
        answer.Error(error, requestId);
        context.Metrics.Refused(error.Error);
        var status = error.Error.Status;
        if (isJson)
        {
            http.Response.Headers["x-amzn-query-error"] = $"{error.Error.Code};{(error.Error.IsSender ? "Sender" : "Receiver")}";
            status = error.Error.JsonStatus(http.Request.Headers["x-amzn-query-mode"] == "true");
        }
        await SendAsync(http, status, answer.ContentType, response);
    }

    private static Task AnswerUnknownAsync(HttpContext http, PooledBuffer response)
    {
        response.Write("<UnknownOperationException/>"u8);
        return SendAsync(http, StatusCodes.Status404NotFound, "text/xml", response);
    }

    private static async Task SendAsync(HttpContext http, int status, string contentType, PooledBuffer response)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = response.Length;
        await http.Response.BodyWriter.WriteAsync(response.Written, http.RequestAborted);
    }

    private static SqsException TooLarge() => new(SqsErrors.RequestTooLarge, $"A request has at most {SqsLimits.RequestBytesMax} bytes.");
}
