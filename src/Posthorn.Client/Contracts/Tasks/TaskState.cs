using System.Text.Json.Serialization;

namespace Posthorn.Client.Contracts.Tasks;

/// <summary>Where a task stands.</summary>
[JsonConverter(typeof(KebabCase<TaskState>))]
public enum TaskState
{
    /// <summary>Others are before it.</summary>
    Waiting,
    /// <summary>It works.</summary>
    Running,
    /// <summary>It is through.</summary>
    Succeeded,
    /// <summary>It stopped; its failure says why. What it had done stays done.</summary>
    Failed,
    /// <summary>Someone cancelled it. What it had done stays done.</summary>
    Cancelled,
}
