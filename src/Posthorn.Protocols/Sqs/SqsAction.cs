namespace Posthorn.Protocols.Sqs;

/// <summary>What a client can ask for; the names are the protocol's.</summary>
public enum SqsAction
{
    /// <summary>Makes a queue, or finds one that is like it.</summary>
    CreateQueue,
    /// <summary>Tells a queue's URL.</summary>
    GetQueueUrl,
    /// <summary>Lists queues by a prefix of their names.</summary>
    ListQueues,
    /// <summary>Removes a queue with all its messages.</summary>
    DeleteQueue,
    /// <summary>Tells attributes of a queue.</summary>
    GetQueueAttributes,
    /// <summary>Changes attributes of a queue.</summary>
    SetQueueAttributes,
    /// <summary>Sends a message.</summary>
    SendMessage,
    /// <summary>Sends up to ten messages.</summary>
    SendMessageBatch,
    /// <summary>Leases up to ten messages.</summary>
    ReceiveMessage,
    /// <summary>Ends a message.</summary>
    DeleteMessage,
    /// <summary>Ends up to ten messages.</summary>
    DeleteMessageBatch,
    /// <summary>Sets the end of a lease.</summary>
    ChangeMessageVisibility,
    /// <summary>Sets the ends of up to ten leases.</summary>
    ChangeMessageVisibilityBatch,
    /// <summary>Removes all messages of a queue.</summary>
    PurgeQueue,
    /// <summary>Sets tags of a queue.</summary>
    TagQueue,
    /// <summary>Removes tags of a queue.</summary>
    UntagQueue,
    /// <summary>Tells the tags of a queue.</summary>
    ListQueueTags,
    /// <summary>Adds a statement to a queue's policy.</summary>
    AddPermission,
    /// <summary>Removes a statement of a queue's policy.</summary>
    RemovePermission,
    /// <summary>Lists the queues whose dead letters come to a queue.</summary>
    ListDeadLetterSourceQueues,
    /// <summary>Begins to move dead letters back.</summary>
    StartMessageMoveTask,
    /// <summary>Stops such a task.</summary>
    CancelMessageMoveTask,
    /// <summary>Lists such tasks of a queue.</summary>
    ListMessageMoveTasks,
}
