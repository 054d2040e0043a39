"""What callers say in the benches."""

SENTENCES = (
    "I would like to book a table for two people.",
    "What time do you open on Sunday?",
    "Please cancel my reservation for tomorrow.",
    "Do you have a table outside?",
    "My name is Robert Miller.",
    "Can you send me the menu by email?",
    "We will be four adults and one child.",
    "I would like to change my order.",
    "Is there a parking lot near the restaurant?",
    "Tomorrow evening at half past seven.",
    "How much does the lunch menu cost?",
    "Yes please.",
    "That would be perfect.",
    "I need to speak with the manager.",
    "Could you repeat the address?",
    "No, thank you, that is all.",
)
QUESTIONS = (
    "What can you tell me about the kitchen?",
    "What do you serve in the evening?",
    "When are you open and what is on the menu?",
    "Please tell me about your restaurant.",
)
# Texts, and pauses in seconds: nobody who waits for the rest would answer in them.
HESITATIONS = (
    ("I would like", 0.9, "a table for two."),
    ("Can you tell me", 0.8, "what time you close?"),
    ("My name is", 1.0, "Robert Miller."),
    ("I want to come on", 1.1, "Friday evening."),
    ("We are going to be", 0.7, "um", 0.6, "five people."),
    ("Could I have the", 0.9, "vegetarian menu?"),
    ("I need to change my booking because", 1.2, "my train is late."),
    ("Well", 0.7, "I am not sure about the time."),
)
DICTATIONS = (
    ("My number is four one five", 0.9, "five five five", 1.0, "two six seven one."),
    ("The order number is eight", 0.8, "three zero nine", 1.3, "four four."),
    ("It is zero one seven", 1.2, "two two three", 1.6, "nine six zero five."),
    ("My number is six five", 0.8, "three nine", 1.0, "eight one", 1.2, "four seven."),
)
BACKCHANNELS = ("Yeah.", "Uh huh.", "Okay.", "Mm hm.")
INTERRUPTIONS = ("Wait, stop please.", "No, that is wrong.", "Hold on a second.",
                 "Sorry, I have another question.")
BESIDE = ("I told him that the meeting is on Thursday and not on Friday.",
          "Did you see where I put the keys of the car?")
