using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Posthorn.Client.Contracts;
using Posthorn.Commits;
using Posthorn.Engine;

namespace Posthorn.Server.Operate.Admin.Http;

/// <summary>Every problem the API answers with, in one place: status, code for programs, text for people.</summary>
internal static class Problems
{
    public static ProblemException BadRequest(string detail) => Of(StatusCodes.Status400BadRequest, "bad-request", detail);

    public static ProblemException QueueNotFound(string name) => Of(StatusCodes.Status404NotFound, "queue-not-found", $"There is no queue '{name}'.");

    public static ProblemException MessageNotFound(string id) =>
        Of(StatusCodes.Status404NotFound, "message-not-found", $"There is no message {id} (any more); 'trace' tells what became of it.");

    public static ProblemException NotFound(string what, string name) => Of(StatusCodes.Status404NotFound, what + "-not-found", $"There is no {what} '{name}'.");

    /// <summary>The same, where those that there are are few.</summary>
    public static ProblemException Unknown(string what, string name, IEnumerable<string> known) =>
        Of(StatusCodes.Status404NotFound, what + "-not-found", $"There is no {what} '{name}'; there are: {string.Join(", ", known)}.");

    public static ProblemException NoSuchResource(HttpRequest request) =>
        Of(StatusCodes.Status404NotFound, "no-such-resource", $"There is no {request.Method} {request.Path}; /v1/openapi.json lists what there is.");

    public static ProblemException MessageLeased(string id) => Of(
        StatusCodes.Status409Conflict, "message-leased", $"Somebody is working on message {id}. Force it, and what they do meanwhile may come twice.");

    public static ProblemException LeaseEnded() => Of(
        StatusCodes.Status409Conflict, "lease-ended", "The lease has ended: by its time, by an administrator, or by a restart. The message may be somebody else's by now.");

    public static ProblemException Conflict(string code, string detail) => Of(StatusCodes.Status409Conflict, code, detail);

    public static ProblemException NotAcceptable(string detail) => Of(StatusCodes.Status406NotAcceptable, "not-acceptable", detail);

    public static ProblemException TooLarge(string detail) => Of(StatusCodes.Status413PayloadTooLarge, "too-large", detail);

    public static ProblemException TooMany(string detail) => Of(StatusCodes.Status429TooManyRequests, "too-many", detail);

    public static ProblemException Unauthorized() => Of(
        StatusCodes.Status401Unauthorized, "unauthorized", "The request carries no valid token: give 'Authorization: Bearer …' or name and password (Basic).");

    /// <summary>For what the framework refuses with a status alone.</summary>
    public static ProblemException Bare(int status) => status == StatusCodes.Status415UnsupportedMediaType
        ? Of(status, "no-json", "The body is to be JSON, and its Content-Type application/json.")
        : Of(status, "http-" + status, ReasonPhrases.GetReasonPhrase(status));

    public static ProblemException Forbidden(string detail) => Of(StatusCodes.Status403Forbidden, "forbidden", detail);

    /// <summary>What an exception is to the caller; null when it is our own fault and must be told apart (500, logged).</summary>
    public static Problem? Of(Exception exception) => exception switch
    {
        ProblemException e => e.Problem,
        BadHttpRequestException e => Of(e.StatusCode, e.StatusCode == StatusCodes.Status413PayloadTooLarge ? "too-large" : "bad-request", Because(e)).Problem,
        CommitConflictException => Of(
            StatusCodes.Status409Conflict, "message-busy", "The message is gone, or somebody is working on it. Nothing was changed; try again.").Problem,
        QueueFullException { IsMessageTooLarge: true } e => TooLarge(e.Message).Problem,
        QueueFullException e => Of(StatusCodes.Status507InsufficientStorage, "queue-full", e.Message).Problem,
        StorageFullException e => Of(StatusCodes.Status507InsufficientStorage, "storage-full", e.Message).Problem,
        BodyLostException e => Of(StatusCodes.Status410Gone, e.IsDamaged ? "body-damaged" : "body-gone", e.Message).Problem,
        EngineFailedException e => Of(StatusCodes.Status503ServiceUnavailable, "engine-failed", e.Message).Problem,
        EngineUnavailableException e => Of(StatusCodes.Status503ServiceUnavailable, "engine-unavailable", e.Message).Problem,
        _ => null,
    };

    public static Problem Internal() => Of(
        StatusCodes.Status500InternalServerError, "internal", "The server could not do it, and its log says why.").Problem;

    // The inner exception (of a JSON body) says what is wrong; the outer one only that something is.
    private static string Because(BadHttpRequestException e) => e.InnerException is { } inner ? inner.Message : e.Message;

    private static ProblemException Of(int status, string code, string detail) =>
        new(new Problem { Status = status, Title = ReasonPhrases.GetReasonPhrase(status), Code = code, Detail = detail });
}
