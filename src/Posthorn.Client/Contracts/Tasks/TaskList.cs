namespace Posthorn.Client.Contracts.Tasks;

/// <summary>Tasks, the newest first.</summary>
/// <param name="Tasks">The tasks.</param>
public sealed record TaskList(IReadOnlyList<TaskInfo> Tasks);
