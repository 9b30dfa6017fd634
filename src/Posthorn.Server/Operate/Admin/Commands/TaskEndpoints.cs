using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Posthorn.Client.Contracts.Tasks;
using Posthorn.Server.Operate.Admin.Http;

namespace Posthorn.Server.Operate.Admin.Commands;

/// <summary>Tasks: list, show or await, cancel.</summary>
internal static class TaskEndpoints
{
    /// <summary>Longest wait for a task's end in one request.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(1);

    public static void Map(RouteGroupBuilder v1)
    {
        var tasks = v1.MapGroup("/tasks").WithTags("Tasks");
        tasks.MapGet("", List).WithSummary("Tasks that run, wait, or ended lately; the newest first");
        tasks.MapGet("/{id}", ShowAsync).WithSummary("One task; 'wait' (up to 1m) waits for its end");
        tasks.MapDelete("/{id}", Cancel).WithSummary("Cancel a task after the commit it is in; what it has done stays done");
    }

    private static Ok<TaskList> List(CommandDesk desk) => TypedResults.Ok(new TaskList(desk.List()));

    private static async Task<Ok<TaskInfo>> ShowAsync(CommandDesk desk, TimeProvider time, string id, string? wait, CancellationToken cancellationToken)
    {
        var task = desk.Find(id);
        if (QueryValues.Duration(wait, "wait") is { } duration && duration > TimeSpan.Zero)
        {
            try
            {
                await task.Ended.WaitAsync(duration < WaitMax ? duration : WaitMax, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                // Not ended yet: the answer says so.
            }
        }
        return TypedResults.Ok(task.ToContract());
    }

    private static NoContent Cancel(CommandDesk desk, string id)
    {
        desk.Find(id).Cancel();
        return TypedResults.NoContent();
    }
}
