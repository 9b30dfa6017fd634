namespace Posthorn.Queues;

/// <summary>Where a <see cref="Messages.NewMessage.DeduplicationId"/> stands for one message only. The numbers are on disk.</summary>
public enum DeduplicationScope : byte
{
    /// <summary>In the whole queue.</summary>
    Queue = 0,
    /// <summary>In its group: another group may use the same id.</summary>
    Group = 1,
}
