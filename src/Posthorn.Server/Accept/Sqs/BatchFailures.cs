using Posthorn.Protocols.Aws;
using Posthorn.Protocols.Sqs;

namespace Posthorn.Server.Accept.Sqs;

/// <summary>The entries of a batch that could not be done, in its answer.</summary>
internal static class BatchFailures
{
    public static void Write(SqsAnswer answer, IReadOnlyList<(SqsEntry Entry, AwsException Error)> failed)
    {
        if (failed.Count == 0)
            return;
        answer.BeginList("Failed"u8);
        foreach (var (entry, error) in failed)
        {
            answer.BeginItem("BatchResultErrorEntry"u8);
            answer.Text("Id"u8, entry.Id);
            answer.Flag("SenderFault"u8, error.Error.IsSender);
            answer.Text("Code"u8, error.Error.Code);
            answer.Text("Message"u8, error.Message);
            answer.EndItem("BatchResultErrorEntry"u8);
        }
        answer.EndList();
    }
}
