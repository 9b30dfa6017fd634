using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;

namespace Posthorn.Server.Accept.Aws;

/// <summary>Takes requests of all services and protocols: reads, identifies, has them done, and answers, whatever comes of it.</summary>
/// <remarks>
/// Diagnostics: a refusal is answered with its code; a full disk or queue is 503, which clients try again; a failed engine is 503 too; anything else is
/// 500 and logged. Limits: a request has at most <see cref="SqsLimits.RequestBytesMax"/> bytes; larger messages go in under <c>/v1</c>.
/// </remarks>
internal sealed class AwsGate(IAwsService queues, IAwsService topics, AwsSignatures signatures, ILogger logger)
{
    public async Task HandleAsync(HttpContext http)
    {
        using var body = new PooledBuffer();
        using var response = new PooledBuffer();
        var request = new AwsRequest(http, Guid.NewGuid().ToString(), http.Request.Headers["X-Amz-Target"].ToString(), body, response);
        var service = queues;
        http.Response.Headers["x-amzn-RequestId"] = request.Id;
        try
        {
            await ReadAsync(http, body);
            if (ServiceChoice.IsOfTopics(request))
                service = topics;
            var caller = service.IsOpen(request) ? AwsCaller.OfLink : signatures.Identify(http, body.Written.Span);
            if (await service.AnswerAsync(request, caller) is { } contentType)
                await SendAsync(http, StatusCodes.Status200OK, contentType, response);
            else
                await AnswerUnknownAsync(http, response);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller went away; nobody is left to be told.
        }
        catch (Exception e)
        {
            response.Clear();
            var (status, contentType) = service.Refuse(request, Refusal(service, http, e));
            await SendAsync(http, status, contentType, response);
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

    private AwsException Refusal(IAwsService service, HttpContext http, Exception exception)
    {
        switch (exception)
        {
            case AwsException e:
                return e;
            case BadHttpRequestException e:
                return e.StatusCode == StatusCodes.Status413PayloadTooLarge ? TooLarge() : new AwsException(AwsErrors.MalformedQueryString, e.Message);
            case QueueFullException { IsMessageTooLarge: true }:
                return service.Invalid(exception.Message);
            case StorageFullException or EngineFailedException or EngineUnavailableException or QueueFullException:
                return new AwsException(AwsErrors.ServiceUnavailable, exception.Message);
            default:
                AwsLog.Failed(logger, exception, http.Request.Method, http.Request.Path);
                return new AwsException(AwsErrors.InternalFailure, "The server could not do it, and its log says why.");
        }
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

    private static AwsException TooLarge() => new(AwsErrors.RequestTooLarge, $"A request has at most {SqsLimits.RequestBytesMax} bytes.");
}
