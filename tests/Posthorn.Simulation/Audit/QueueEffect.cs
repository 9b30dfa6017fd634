using Posthorn.Queues;

namespace Posthorn.Simulation.Audit;

/// <summary>What a commit does to a queue; a policy of null is no queue.</summary>
public sealed record QueueEffect(int Operation, KnownQueue Queue, QueuePolicy? Before, QueuePolicy? After) : Effect(Operation);
