using System.Text.Json.Serialization;

namespace Posthorn.Samples.Worker;

[JsonSerializable(typeof(FileJob))]
[JsonSerializable(typeof(FileResult))]
internal sealed partial class WorkerJson : JsonSerializerContext;
